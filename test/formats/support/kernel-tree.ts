import { createHash } from 'node:crypto';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import type { ReadFiles } from '../../../toolkit/formats/read-files.ts';
import { runTool } from './judge.ts';

const USE = `
import fcntl, os, random, socket, sys
top, name_limit = os.fsencode(sys.argv[1]), int(sys.argv[2])
random.seed(7)
at = lambda *names: os.path.join(top, *[name if isinstance(name, bytes) else name.encode() for name in names])
def write(path, data, where=0, flags=os.O_CREAT | os.O_WRONLY):
    file = os.open(path, flags, 0o644)
    os.pwrite(file, data, where)
    os.close(file)
def clone(source, target):
    a, b = os.open(source, os.O_RDONLY), os.open(target, os.O_CREAT | os.O_WRONLY)
    fcntl.ioctl(b, 0x40049409, a)
    os.close(a); os.close(b)
for count in (0, 3, 50, 400, 4000):
    folder = at('folder-%d' % count)
    os.mkdir(folder)
    for index in range(count): write(os.path.join(folder, b'%d-' % index + b'n' * (index * 7 % 240)), b'x' * (index % 3))
    for index in range(0, count, 3): os.unlink(os.path.join(folder, b'%d-' % index + b'n' * (index * 7 % 240)))
    for index in range(count // 10): os.mkdir(os.path.join(folder, b'again-%d' % index))
for index in range(0, 4000, 2):
    try: os.unlink(at('folder-4000', b'%d-' % index + b'n' * (index * 7 % 240)))
    except FileNotFoundError: pass
for space in ('user', 'trusted', 'security'):
    for count, size in ((2, 10), (20, 100), (150, 90), (3, name_limit)):
        path = at('%s-%d-%d' % (space, count, size))
        write(path, b'with attributes')
        for index in range(count): os.setxattr(path, '%s.%s%d' % (space, 'k' * (index % 30), index), bytes([65 + index % 26]) * size)
        for index in range(0, count, 4): os.removexattr(path, '%s.%s%d' % (space, 'k' * (index % 30), index))
        os.setxattr(path, space + '.empty', b'')
acl = bytes.fromhex('0200000001000600ffffffff020004004d00000004000400ffffffff10000400ffffffff20000000ffffffff')
write(at('acl'), b'acl'); os.setxattr(at('acl'), 'system.posix_acl_access', acl)
os.mkdir(at('acl-folder')); os.setxattr(at('acl-folder'), 'system.posix_acl_default', acl)
write(at('acl-folder', 'heir'), b'heir')
write(at('capable'), b'x'); os.setxattr(at('capable'), 'security.capability', bytes.fromhex('0100000200200000000000000000000000000000'))
os.mknod(at('char'), 0o020666, os.makedev(1, 3)); os.mknod(at('disk'), 0o060660, os.makedev(259, 70000)); os.mkfifo(at('pipe'))
here = os.getcwd(); os.chdir(top)
socket.socket(socket.AF_UNIX).bind('socket'); os.chdir(here)
write(at('first'), b'linked'); os.link(at('first'), at('folder-3', 'second')); os.link(at('first'), at('another'))
write(at(b'caf\\xe9'), b'latin1'); write(at('new\\nline'), b'x'); write(at(b'n' * 255), b'long')
for length in (1, 59, 300, 1000): os.symlink(b't' * length, at('symlink-%d' % length))
noise = random.randbytes(1 << 20)
write(at('noise'), noise * 3)
write(at('sparse'), b'')
for index in range(3000): write(at('sparse'), bytes([1 + index % 251]) * 4096, index * 3 * 4096)
os.truncate(at('sparse'), 3000 * 3 * 4096 + 777)
write(at('far'), b'end', 40 << 30)
file = os.open(at('reserved'), os.O_CREAT | os.O_RDWR)
os.posix_fallocate(file, 0, 1 << 20); os.pwrite(file, b'middle' * 1000, 300000); os.fsync(file); os.close(file)
for size in (1, 100, 2000, 2047, 2048, 2049, 4095, 4096, 4097): write(at('size-%d' % size), noise[:size])
write(at('even'), (b'the same again and again ' * 1000 + noise[:5000]) * 100)
write(at('even-small'), b'ab' * 900)
os.sync()
clone(at('noise'), at('shared')); write(at('shared'), b'changed', 1234567)
clone(at('even'), at('even-shared')); write(at('even-shared'), b'changed', 150000); os.truncate(at('even-shared'), 1000001)
write(at('even'), b'in the middle', 70000)
write(at('cut'), noise); os.truncate(at('cut'), 12345)
os.chmod(at('noise'), 0o4751); os.chown(at('noise'), 70000, 4000000000); os.chmod(at('folder-0'), 0o3775)
for name, time in (('size-1', 1), ('size-100', 1234567890123456789), ('size-2000', 5000000000 * 10**9), ('size-2047', -5 * 10**9)): os.utime(at(name), ns=(time, time))
`;

const LOOK = `
import hashlib, json, os, stat, sys
top = os.fsencode(sys.argv[1])
names = {}
def look(path):
    known = os.lstat(path)
    kind = stat.S_IFMT(known.st_mode)
    text = lambda data: data.decode('latin1')
    facts = [stat.S_IMODE(known.st_mode), kind, known.st_uid, known.st_gid, known.st_mtime_ns // 10**9 + known.st_mtime_ns % 10**9 / 1e9]
    facts.append(known.st_size if kind == stat.S_IFREG else 0)
    facts.append([os.major(known.st_rdev), os.minor(known.st_rdev)] if kind in (stat.S_IFCHR, stat.S_IFBLK) else None)
    facts.append(text(os.readlink(path)) if kind == stat.S_IFLNK else None)
    listed = sorted(name for name in os.listxattr(path, follow_symlinks=False) if 'SGI_ACL' not in name)
    facts.append([[name, os.getxattr(path, name, follow_symlinks=False).hex()] for name in listed])
    hash = hashlib.sha256()
    if kind == stat.S_IFREG and known.st_size < 1 << 30:
        with open(path, 'rb') as file:
            while data := file.read(1 << 20): hash.update(data)
    facts.append(hash.hexdigest())
    name = text(path[len(top) + 1:])
    facts.append(names.setdefault(known.st_ino, name) if kind != stat.S_IFDIR else name)
    return [name, *facts]
found = [look(top)]
todo = [top]
while todo:
    folder = todo.pop()
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        found.append(look(path))
        if os.path.isdir(path) and not os.path.islink(path): todo.append(path)
groups = {}
for one in sorted(found): one[-1] = groups.setdefault(one[-1], one[0])
print(json.dumps(sorted(found)))
`;

const EMPTY = createHash('sha256').digest('hex');
const GIB = 1024 ** 3;
const KINDS: Readonly<Record<string, number>> = {
  ...{ file: 0o100000, directory: 0o040000, symlink: 0o120000 },
  ...{ char: 0o020000, block: 0o060000, fifo: 0o010000, socket: 0o140000 },
};

/** Lets the kernel make and change a tree at `top`; attributes there may have `limit` bytes. */
export function useTree(top: string, limit: number): void {
  runTool(['python3', '-c', USE, top, String(limit)]);
}

/** Every field of all that is at `top`, as the kernel tells it. */
export function kernelFacts(top: string): unknown[] {
  return JSON.parse(runTool(['python3', '-c', LOOK, top]).toString());
}

/** The same of what a reader of file systems found. */
export async function readFacts({ entries, content }: ReadFiles): Promise<unknown[]> {
  const known = new Map<string, readonly unknown[]>();
  for (const entry of entries) {
    const path = latin1Text(entry.path);
    const hash = createHash('sha256');
    if (entry.type === 'file' && entry.size < GIB) {
      for await (const piece of content(entry)) hash.update(piece);
    }
    if (entry.type === 'hardlink') {
      known.set(path, known.get(latin1Text(entry.target!))!);
      continue;
    }
    const { mode, type, uid, gid, mtime, size, device, target, xattrs } = entry;
    known.set(path, [
      ...[mode, KINDS[type], uid, gid, mtime, size],
      device === undefined ? null : [device.major, device.minor],
      target === undefined ? null : latin1Text(target),
      xattrs.map(({ name, value }) => [name, Buffer.from(value).toString('hex')]),
      type === 'file' && size < GIB ? hash.digest('hex') : EMPTY,
      path,
    ]);
  }
  return [...known].map(([path, facts]) => [path, ...facts]).sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
}
