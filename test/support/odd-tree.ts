import { createHash } from 'node:crypto';
import { latin1Bytes, latin1Text } from '../../toolkit/domain/image-bytes.ts';
import { manifestLine } from '../../toolkit/domain/image-manifest.ts';
import type { Rootfs } from '../../toolkit/domain/image-rootfs.ts';
import type { EntryType, ManifestEntry } from '../../toolkit/domain/manifest.ts';
import type { Ports } from '../../toolkit/domain/ports.ts';
import { writeTar } from '../../toolkit/formats/tar/index.ts';
import { contentsOfTar } from '../../toolkit/stages/repo-to-rootfs/index.ts';

/** Seconds since the epoch of everything in the tree that says nothing else. */
export const EPOCH = 1_700_000_000;

const CAPABILITY = Buffer.from('0100000200200000000000000000000000000000', 'hex');
/** An ACL as getxattr gives it: rw- for the owner, r-- for user 77, r-- for the group, mask r--, others ---. */
const ACL = Buffer.from(
  [
    '02000000',
    '01000600ffffffff',
    '020004004d000000',
    '04000400ffffffff',
    '10000400ffffffff',
    '20000000ffffffff',
  ].join(''),
  'hex',
);

type Shape = Partial<ManifestEntry> & { readonly text?: string; readonly link?: string };

const SHAPES: readonly (readonly [path: string, type: EntryType, shape: Shape])[] = [
  ['', 'directory', { mode: 0o751, uid: 3, gid: 4 }],
  ['acl', 'file', { mode: 0o640, text: 'acl', xattrs: [{ name: 'system.posix_acl_access', value: ACL }] }],
  ['caf\xe9', 'file', { text: 'latin1' }],
  [
    'capable',
    'file',
    { mode: 0o755, text: 'program', xattrs: [{ name: 'security.capability', value: CAPABILITY }] },
  ],
  ['char', 'char', { mode: 0o666, device: { major: 1, minor: 3 } }],
  ['deep', 'directory', {}],
  ['deep/empty', 'file', { text: '' }],
  ['deep/first', 'file', { text: 'linked', mtime: 1_234_567_890 }],
  ['deep/second', 'hardlink', { link: 'deep/first', mtime: 1_234_567_890 }],
  ['disk', 'block', { mode: 0o660, gid: 6, device: { major: 259, minor: 300 } }],
  [
    'labelled',
    'file',
    { text: 'x', xattrs: [{ name: 'security.selinux', value: Buffer.from('system_u:object_r:bin_t:s0\0') }] },
  ],
  [
    'many',
    'file',
    {
      text: 'x',
      xattrs: ['a', 'b'].map((name) => ({ name: `user.${name}`, value: Buffer.from([0, 255, 10]) })),
    },
  ],
  ['n'.repeat(255), 'file', { text: 'long name' }],
  ['old', 'file', { text: 'x', mtime: 1 }],
  ['pipe', 'fifo', { mode: 0o600 }],
  ['setuid', 'file', { mode: 0o4755, text: 'x', uid: 70000, gid: 70001 }],
  [
    'space and "quotes"',
    'file',
    { text: 'x', xattrs: [{ name: 'user.note', value: Buffer.from('spaced') }] },
  ],
  ['sticky', 'directory', { mode: 0o1777 }],
  ['symlink', 'symlink', { mode: 0o777, link: 'deep/first' }],
  ['symlink-long', 'symlink', { mode: 0o777, link: 'x'.repeat(200) }],
  ['trusted', 'file', { text: 'x', xattrs: [{ name: 'trusted.note', value: Buffer.from('t') }] }],
  ['umlaut-\xc3\xbc', 'file', { text: 'utf8' }],
];

/** Manifest entries of a tree with everything that file systems hold, sorted. */
export const oddEntries: readonly ManifestEntry[] = SHAPES.map(([path, type, { text, link, ...shape }]) => ({
  type,
  mode: type === 'directory' ? 0o755 : 0o644,
  uid: 0,
  gid: 0,
  mtime: EPOCH,
  size: text?.length ?? 0,
  xattrs: [],
  ...shape,
  path: latin1Bytes(path),
  ...(link === undefined ? {} : { target: latin1Bytes(link) }),
  ...(text === undefined ? {} : { sha256: createHash('sha256').update(text).digest('hex') }),
}));

/** Text of a file of the tree. */
export function oddText(entry: ManifestEntry): string {
  const path = latin1Text(entry.path);
  return SHAPES.find(([name]) => name === path)?.[2].text ?? '';
}

/** Puts the tree, with a file that is taken for a kernel, into the store, as if it had been composed. */
export async function storeOddTree(
  ports: Pick<Ports, 'store'>,
  kernel: Uint8Array,
  signal: AbortSignal,
): Promise<Rootfs> {
  const pieces = async function* (...chunks: readonly Uint8Array[]) {
    yield* chunks;
  };
  const open = (entry: ManifestEntry) => pieces(Buffer.from(oddText(entry)));
  const lines = oddEntries.map((entry) => `${manifestLine(entry)}\n`).join('');
  const top = { mode: 0o751, uid: 3, gid: 4, mtime: EPOCH };
  const tar = await ports.store.putStream(writeTar(oddEntries, open, { xattrs: 'both' }), undefined, signal);
  return {
    key: 'odd',
    contents: contentsOfTar(tar, ports),
    manifest: await ports.store.putStream(pieces(Buffer.from(lines)), undefined, signal),
    epoch: EPOCH,
    size: { entries: oddEntries.length, bytes: 100, blocks: 40 },
    top,
    kernel: { image: await ports.store.putStream(pieces(kernel), undefined, signal), release: '1.0' },
    osRelease: undefined,
    efiStub: undefined,
    hasGrubBios: false,
    systemdBoot: undefined,
    hasGrubEfi: false,
    live: undefined,
  };
}
