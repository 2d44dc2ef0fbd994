import type { ImageUser } from './image.ts';
import { bytePath, latin1Bytes, latin1Text } from './image-bytes.ts';
import type { ImageGroup } from './image-config/system.ts';
import { makeFolders, putFile, resolveInTree, type Tree } from './image-tree.ts';

/** Reads the bytes of a small file of a tree; undefined where there is none. */
export type ReadTreeFile = (path: string) => Uint8Array | undefined;

/** No password comes this far, only its hash. */
type PlannedUser = Omit<ImageUser, 'password'>;

interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

/**
 * Gives a tree the users of a configuration: their lines in passwd, shadow and group, their home and
 * their authorized_keys. A user that a package made keeps its numbers. `lastChange` is the day of the
 * shadow lines, in days since the epoch. Throws `Error` saying which user cannot be made.
 */
export function applyUsers(
  tree: Tree,
  users: readonly PlannedUser[],
  mtime: number,
  read: ReadTreeFile,
): void {
  if (users.length === 0) return;
  const files = {
    passwd: lines(read, 'etc/passwd'),
    shadow: lines(read, 'etc/shadow'),
    group: lines(read, 'etc/group'),
  };
  const day = Math.floor(mtime / 86400);
  for (const user of users) {
    const account = applyAccount(files, user, tree);
    setShadow(files.shadow, user, day);
    for (const group of user.groups) joinGroup(files.group, group, user.name);
    addHome(tree, account, user, mtime);
  }
  rewrite(tree, 'etc/passwd', files.passwd, 0o644, mtime);
  rewrite(tree, 'etc/group', files.group, 0o644, mtime);
  rewrite(tree, 'etc/shadow', files.shadow, 0o600, mtime);
}

/**
 * Gives a tree the groups of a configuration. One that a package made keeps its number. Throws `Error` saying
 * which group cannot be made.
 */
export function applyGroups(
  tree: Tree,
  groups: readonly ImageGroup[],
  mtime: number,
  read: ReadTreeFile,
): void {
  if (groups.length === 0) return;
  const known = lines(read, 'etc/group');
  for (const { name, gid } of groups) {
    const line = known.find((fields) => fields[0] === name);
    if (line !== undefined && (gid === undefined || line[2] === String(gid))) continue;
    if (line !== undefined) {
      throw new Error(`group ${name} has gid ${line[2]} from a package, the configuration says ${gid}`);
    }
    const number = String(gid ?? nextFree(lines(read, 'etc/passwd'), known));
    const other = known.find((fields) => fields[2] === number);
    if (other !== undefined) throw new Error(`group ${name} cannot have gid ${number}: ${other[0]} has it`);
    known.push([name, 'x', number, '']);
  }
  rewrite(tree, 'etc/group', known, 0o644, mtime);
}

function lines(read: ReadTreeFile, path: string): string[][] {
  const text = latin1Text(read(path) ?? new Uint8Array());
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));
}

function rewrite(tree: Tree, path: string, fields: readonly string[][], mode: number, mtime: number): void {
  const bytes = latin1Bytes(fields.map((line) => line.join(':') + '\n').join(''));
  const known = tree.get(resolveInTree(tree, path));
  putFile(tree, path, {
    mode: known?.mode ?? mode,
    uid: known?.uid ?? 0,
    gid: known?.gid ?? 0,
    mtime,
    size: bytes.length,
    content: { kind: 'bytes', bytes },
    ...(known?.xattrs === undefined ? {} : { xattrs: known.xattrs }),
  });
}

function applyAccount(
  files: { readonly passwd: string[][]; readonly group: string[][] },
  user: PlannedUser,
  tree: Tree,
): Account {
  const known = files.passwd.find(([name]) => name === user.name);
  if (known !== undefined) {
    // 'x' says that the password stands in shadow.
    known[1] = 'x';
    if (user.uid !== undefined && String(user.uid) !== known[2]) {
      throw new Error(
        `user ${user.name} has uid ${known[2]} from a package, the configuration says ${user.uid}`,
      );
    }
    if (user.group !== undefined) known[3] = gidOf(files.group, user.group, user.name);
    if (user.home !== undefined) known[5] = bytePath(user.home);
    if (user.shell !== undefined) known[6] = bytePath(user.shell);
    return { name: user.name, uid: Number(known[2]), gid: Number(known[3]), home: known[5] ?? '/' };
  }
  const uid = user.uid ?? nextFree(files.passwd, files.group);
  if (files.passwd.some((line) => line[2] === String(uid))) {
    throw new Error(`user ${user.name} cannot have uid ${uid}: another user has it`);
  }
  const gid =
    user.group === undefined
      ? ownGroup(files.group, user, uid)
      : Number(gidOf(files.group, user.group, user.name));
  const home = bytePath(user.home ?? `/home/${user.name}`);
  const shell = bytePath(user.shell ?? shellOf(files.passwd, tree));
  files.passwd.push([user.name, 'x', String(uid), String(gid), '', home, shell]);
  return { name: user.name, uid, gid, home };
}

/** Number of the group of a user's own name, which is made where there is none. */
function ownGroup(groups: string[][], { name }: PlannedUser, uid: number): number {
  const group = groups.find(([known]) => known === name);
  if (group !== undefined) return Number(group[2]);
  if (groups.some((line) => line[2] === String(uid))) {
    throw new Error(`user ${name} cannot have a group ${uid}: another group has it`);
  }
  groups.push([name, 'x', String(uid), '']);
  return uid;
}

function gidOf(groups: readonly string[][], name: string, user: string): string {
  const line = groups.find(([known]) => known === name);
  if (line?.[2] === undefined) throw new Error(`user ${user} cannot be of ${name}: there is no such group`);
  return line[2];
}

/** root's shell, which is one that the image has. */
function shellOf(passwd: readonly string[][], tree: Tree): string {
  const shell = passwd.find(([name]) => name === 'root')?.[6] ?? '/bin/sh';
  return tree.has(resolveInTree(tree, shell)) ? shell : '/bin/sh';
}

function nextFree(passwd: readonly string[][], group: readonly string[][]): number {
  const used = new Set([...passwd, ...group].map((line) => Number(line[2])));
  let id = 1000;
  while (used.has(id)) id += 1;
  return id;
}

function setShadow(shadow: string[][], user: PlannedUser, day: number): void {
  let line = shadow.find(([name]) => name === user.name);
  if (line === undefined) {
    line = [user.name, '*', String(day), '0', '99999', '7', '', '', ''];
    shadow.push(line);
  }
  if (user.passwordHash !== undefined) {
    line[1] = user.passwordHash;
    line[2] = String(day);
  }
  // An empty field would open the account to everyone; '!' makes dropbear and OpenSSH refuse keys as well.
  else if (line[1] === '' || (user.sshKeys.length > 0 && line[1]?.startsWith('!'))) line[1] = '*';
  setExpiry(line, user.passwordExpiresDays, day);
}

/** Source: shadow(5); -1 is an account that never expires, as the Azure Linux toolkit has it. */
function setExpiry(line: string[], days: number | undefined, day: number): void {
  if (days === undefined) return;
  if (days === -1) line.splice(4, 5, '', '', '', '', '');
  else {
    line[2] ||= String(day);
    line[7] = String(Number(line[2]) + days);
  }
}

function joinGroup(group: readonly string[][], name: string, user: string): void {
  const line = group.find(([known]) => known === name);
  if (line === undefined) throw new Error(`user ${user} cannot join ${name}: there is no such group`);
  const members = new Set((line[3] ?? '').split(',').filter((member) => member !== ''));
  line[3] = [...members.add(user)].join(',');
}

function addHome(tree: Tree, account: Account, user: PlannedUser, mtime: number): void {
  const owner = { uid: account.uid, gid: account.gid, mtime };
  const before = tree.get(resolveInTree(tree, account.home));
  const home = makeFolders(tree, account.home, mtime);
  if (before === undefined) tree.set(home, { type: 'directory', mode: 0o700, size: 0, ...owner });
  if (user.sshKeys.length === 0) return;
  const folder = makeFolders(tree, `/${home}/.ssh`, mtime);
  tree.set(folder, { type: 'directory', mode: 0o700, size: 0, ...owner });
  const bytes = latin1Bytes(bytePath(user.sshKeys.map((key) => key + '\n').join('')));
  putFile(tree, `/${folder}/authorized_keys`, {
    mode: 0o600,
    size: bytes.length,
    content: { kind: 'bytes', bytes },
    ...owner,
  });
}
