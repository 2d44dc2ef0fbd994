import { readFileSync } from 'node:fs';
import { applyGroups, applyUsers } from '../../domain/image-accounts.ts';
import { bytePath, latin1Bytes, latin1Text } from '../../domain/image-bytes.ts';
import type {
  ComposeFile,
  ComposeFolder,
  ComposeJob,
  DeviceNode,
  TopFolder,
  TreeSize,
} from '../../domain/image-job.ts';
import {
  makeFolders,
  putFile,
  putLink,
  removeEntry,
  resolveInTree,
  type Tree,
} from '../../domain/image-tree.ts';
import { holeBlocks } from '../../domain/zero-runs.ts';

/** Seconds since the epoch between which the packages were installed. */
export interface InstallTime {
  readonly from: number;
  readonly to: number;
}

/**
 * Makes of the tree that rpm left the tree of the image: what is not part of it goes, the configuration comes.
 * What was changed while the packages were installed gets the image's time, however the clock stood.
 */
export function completeTree(tree: Tree, job: ComposeJob, installed: InstallTime): void {
  dropFiles(tree, job.drop);
  const removed = new Set(job.removePackages);
  for (const device of job.devices) if (!removed.has(device.package)) addDevice(tree, device, job.epoch);
  const made = job.folders.filter((folder) => addFolder(tree, folder, job.epoch));
  const links = job.links.map(
    ({ path, target, ...owners }) => [putLink(tree, path, target, job.epoch), owners] as const,
  );
  for (const file of job.files) addFile(tree, file, job.epoch);
  if (job.timezone !== undefined) setTimezone(tree, job.timezone, job.epoch);
  const read = (path: string): Uint8Array | undefined => readNode(tree, path);
  applyGroups(tree, job.groups, job.epoch, read);
  applyUsers(tree, job.users, job.epoch, read);
  // Only now all accounts are there.
  for (const one of [...made, ...job.files]) setOwner(tree, resolveInTree(tree, one.path), one);
  for (const [place, owners] of links) setOwner(tree, place, owners);
  const hasSystemd = tree.has(resolveInTree(tree, 'usr/lib/systemd/systemd'));
  setMachineId(tree, job.machineId, hasSystemd, job.epoch);
  for (const [path, node] of tree) {
    if (node.type === 'socket') tree.delete(path);
    else if (node.mtime > job.epoch || (node.mtime >= installed.from && node.mtime <= installed.to)) {
      tree.set(path, { ...node, mtime: job.epoch });
    }
  }
  if (hasSystemd) noteUpdates(tree);
}

/** Bytes of a small file of the tree, symlinks followed. */
export function readNode(tree: Tree, path: string): Uint8Array | undefined {
  const found = tree.get(resolveInTree(tree, path));
  const node = found?.type === 'hardlink' ? tree.get(found.target ?? '') : found;
  if (node?.content === undefined) return undefined;
  return node.content.kind === 'bytes'
    ? node.content.bytes
    : readFileSync(Buffer.from(node.content.path, 'latin1'));
}

/** 4 KiB blocks and entries that a file system must have room for. */
export function treeSize(tree: Tree): TreeSize {
  let bytes = 0;
  let blocks = 0;
  let holes = 0;
  for (const [path, node] of tree) {
    if (node.type === 'file') bytes += node.size;
    if (node.type === 'file') blocks += Math.ceil(node.size / 4096);
    if (node.type === 'file') holes += holeBlocks(node);
    // An entry of a folder takes 8 bytes and its name; a longer symlink does not fit the inode.
    if (node.type === 'directory') blocks += 1;
    if (node.type === 'symlink' && (node.target?.length ?? 0) >= 60) blocks += 1;
    if ((node.xattrs?.length ?? 0) > 0) blocks += 1;
    blocks += (8 + path.length - path.lastIndexOf('/')) / 4096;
  }
  return { entries: tree.size, bytes, blocks: Math.ceil(blocks), holes };
}

/** Owner, mode and time of the root directory. */
export function topFolder(tree: Tree): TopFolder {
  const node = tree.get('');
  if (node === undefined) throw new Error('the tree has no root directory');
  return { mode: node.mode, uid: node.uid, gid: node.gid, mtime: node.mtime };
}

/** Folders below stay: packages own them. */
function dropFiles(tree: Tree, drop: readonly string[]): void {
  for (const [path, node] of [...tree]) {
    const dropped = drop.some((name) => (name.endsWith('/') ? path.startsWith(name) : path === name));
    if (dropped && node.type !== 'directory') removeEntry(tree, path);
  }
}

function addDevice(tree: Tree, device: DeviceNode, epoch: number): void {
  const slash = device.path.lastIndexOf('/');
  const folder = makeFolders(tree, device.path.slice(0, slash), epoch);
  const name = device.path.slice(slash + 1);
  tree.set(folder === '' ? name : `${folder}/${name}`, {
    type: device.type,
    mode: device.mode,
    uid: idOf(tree, 'etc/passwd', device.user, device.path),
    gid: idOf(tree, 'etc/group', device.group, device.path),
    mtime: epoch,
    size: 0,
    device: { major: device.major, minor: device.minor },
  });
}

function idOf(tree: Tree, file: string, name: string, path: string): number {
  if (name === 'root') return 0;
  const lines = latin1Text(readNode(tree, file) ?? new Uint8Array()).split('\n');
  const id = lines.find((line) => line.startsWith(`${name}:`))?.split(':')[2];
  if (id === undefined) throw new Error(`${path} belongs to ${name}, which /${file} does not have`);
  return Number(id);
}

/** Puts a file of the configuration into the tree, through its symlinks; its owner is settled by `completeTree`. */
export function addFile(tree: Tree, file: ComposeFile, epoch: number): void {
  const known = tree.get(resolveInTree(tree, file.path));
  const owner = { uid: known?.uid ?? 0, gid: known?.gid ?? 0 };
  const common = { mode: file.mode, ...owner, mtime: epoch };
  const bytes =
    'text' in file.content ? latin1Bytes(bytePath(file.content.text)) : readFileSync(file.content.source);
  putFile(tree, `/${resolveInTree(tree, file.path)}`, {
    ...common,
    size: bytes.length,
    content: { kind: 'bytes', bytes },
  });
}

/** Source: localtime(5). */
function setTimezone(tree: Tree, timezone: string, epoch: number): void {
  const zone = `usr/share/zoneinfo/${timezone}`;
  if (tree.get(resolveInTree(tree, zone)) === undefined) {
    throw new Error(`there is no time zone ${timezone} in the image: /${zone} is of the package tzdata`);
  }
  putLink(tree, '/etc/localtime', `../${zone}`, epoch);
}

/** Whether it had to be made. */
function addFolder(tree: Tree, { path, mode = 0o755, existingMode }: ComposeFolder, epoch: number): boolean {
  const isNew = tree.get(resolveInTree(tree, path)) === undefined;
  const place = makeFolders(tree, path, epoch);
  const node = tree.get(place)!;
  tree.set(place, { ...node, mode: isNew ? mode : (existingMode ?? node.mode) });
  return isNew;
}

function setOwner(tree: Tree, place: string, { owner, group }: Pick<ComposeFolder, 'owner' | 'group'>): void {
  const node = tree.get(place);
  if (node === undefined) return;
  const uid = owner === undefined ? node.uid : idOf(tree, 'etc/passwd', owner, `/${place}`);
  const gid = group === undefined ? node.gid : idOf(tree, 'etc/group', group, `/${place}`);
  tree.set(place, { ...node, uid, gid });
}

/**
 * An empty machine-id is made anew at the first boot; one that is there would be the same everywhere. systemd
 * takes a missing one for a system that nobody has set up yet, and asks at the console: it gets an empty one.
 */
function setMachineId(tree: Tree, text: string, hasSystemd: boolean, epoch: number): void {
  const path = resolveInTree(tree, 'etc/machine-id');
  const node = tree.get(path);
  const bytes = latin1Bytes(text);
  const id = { size: bytes.length, mtime: epoch, content: { kind: 'bytes', bytes } } as const;
  if (node?.type === 'file') tree.set(path, { ...node, ...id });
  else if (node === undefined && hasSystemd)
    putFile(tree, `/${path}`, { mode: 0o444, uid: 0, gid: 0, ...id });
}

/**
 * Notes that /etc and /var are as new as /usr. Otherwise the first boot makes again what the packages brought:
 * accounts, the cache of the dynamic linker, the hardware database.
 * Source: systemd 257, systemd-update-done.service(8) and src/shared/condition.c.
 */
function noteUpdates(tree: Tree): void {
  const mtime = tree.get(resolveInTree(tree, 'usr'))?.mtime ?? 0;
  const text = `# The time of /usr that /etc and /var are up to date with.\nTIMESTAMP_NSEC=${mtime}000000000\n`;
  const bytes = latin1Bytes(text);
  for (const folder of ['etc', 'var']) {
    putFile(tree, `/${resolveInTree(tree, folder)}/.updated`, {
      ...{ mode: 0o644, uid: 0, gid: 0, mtime, size: bytes.length },
      content: { kind: 'bytes', bytes },
    });
  }
}
