import type { ImageUser } from './image.ts';
import { bytePath, latin1Bytes, latin1Text } from './image-bytes.ts';
import { makeFolders, putFile, resolveInTree, type Tree } from './image-tree.ts';

/** Reads the bytes of a small file of a tree; undefined where there is none. */
export type ReadTreeFile = (path: string) => Uint8Array | undefined;

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
export function applyUsers(tree: Tree, users: readonly ImageUser[], mtime: number, read: ReadTreeFile): void {
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
  user: ImageUser,
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
    if (user.home !== undefined) known[5] = bytePath(user.home);
    if (user.shell !== undefined) known[6] = bytePath(user.shell);
    return { name: user.name, uid: Number(known[2]), gid: Number(known[3]), home: known[5] ?? '/' };
  }
  const uid = user.uid ?? nextFree(files.passwd, files.group);
  if (files.passwd.some((line) => line[2] === String(uid))) {
    throw new Error(`user ${user.name} cannot have uid ${uid}: another user has it`);
  }
  const group = files.group.find(([name]) => name === user.name);
  const gid = group === undefined ? uid : Number(group[2]);
  if (group === undefined) {
    if (files.group.some((line) => line[2] === String(gid))) {
      throw new Error(`user ${user.name} cannot have a group ${gid}: another group has it`);
    }
    files.group.push([user.name, 'x', String(gid), '']);
  }
  const home = bytePath(user.home ?? `/home/${user.name}`);
  const shell = bytePath(user.shell ?? shellOf(files.passwd, tree));
  files.passwd.push([user.name, 'x', String(uid), String(gid), '', home, shell]);
  return { name: user.name, uid, gid, home };
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

function setShadow(shadow: string[][], user: ImageUser, day: number): void {
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
}

function joinGroup(group: readonly string[][], name: string, user: string): void {
  const line = group.find(([known]) => known === name);
  if (line === undefined) throw new Error(`user ${user} cannot join ${name}: there is no such group`);
  const members = new Set((line[3] ?? '').split(',').filter((member) => member !== ''));
  line[3] = [...members.add(user)].join(',');
}

function addHome(tree: Tree, account: Account, user: ImageUser, mtime: number): void {
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
