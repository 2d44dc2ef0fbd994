import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../toolkit/domain/manifest.ts';
import { readCpio } from '../../../toolkit/formats/cpio/index.ts';
import { writeRootInitrd } from '../../../toolkit/stages/disk-to-artifacts/root-initrd.ts';

const EPOCH = 1_700_000_000;

function entry(path: string, changes: Partial<ManifestEntry>): ManifestEntry {
  const common = { mode: 0o755, uid: 0, gid: 0, mtime: EPOCH, size: 0, xattrs: [] };
  return { ...common, type: 'file', path: Buffer.from(path), ...changes };
}

const TREE = [
  entry('', { type: 'directory' }),
  entry('bin', { type: 'directory' }),
  entry('bin/ping', {
    size: 4,
    mode: 0o4755,
    uid: 7,
    xattrs: [{ name: 'security.capability', value: Buffer.from('x') }],
  }),
  entry('bin/ping6', { type: 'hardlink', target: Buffer.from('bin/ping') }),
  entry('sbin', { type: 'symlink', target: Buffer.from('usr/sbin') }),
  entry('usr', { type: 'directory' }),
  entry('usr/sbin', { type: 'directory' }),
  entry('usr/sbin/init', { size: 3 }),
];
const CONTENTS: Readonly<Record<string, string>> = { 'bin/ping': 'ping', 'usr/sbin/init': 'go\n' };

/** What the initramfs of a tree has: name to mode, owner and content. */
async function initrdOf(entries: readonly ManifestEntry[]): Promise<Record<string, string>> {
  const read = ({ path }: ManifestEntry, from: number, target: Uint8Array) => {
    target.set(Buffer.from(CONTENTS[Buffer.from(path).toString()]!).subarray(from, from + target.length));
  };
  const contents = { open: async () => ({ read, [Symbol.dispose]: () => {} }) };
  const found: Record<string, string> = {};
  for await (const { name, header, content: bytes } of readCpio(
    writeRootInitrd('trial', entries, contents, EPOCH),
  )) {
    const { mode, uid, specialMajor, specialMinor } = header;
    const text = (await buffer(bytes)).toString();
    found[name.toString()] = `${mode.toString(8)} ${uid} ${specialMajor}:${specialMinor} ${text}`.trim();
  }
  return found;
}

describe('writeRootInitrd', () => {
  it('holds the tree, without extended attributes, and what starts it', async () => {
    expect(await initrdOf(TREE)).toEqual({
      '.': '40755 0 0:0',
      bin: '40755 0 0:0',
      // The last name of a file has its content.
      'bin/ping': '104755 7 0:0',
      'bin/ping6': '100755 0 0:0 ping',
      dev: '40755 0 0:0',
      'dev/console': '20600 0 5:1',
      init: '120777 0 0:0 usr/sbin/init',
      sbin: '120755 0 0:0 usr/sbin',
      usr: '40755 0 0:0',
      'usr/sbin': '40755 0 0:0',
      'usr/sbin/init': '100755 0 0:0 go',
    });
  });

  it('leaves an /init that is there, and takes systemd before any other', async () => {
    const own = [...TREE.slice(0, 4), entry('init', { type: 'symlink', target: Buffer.from('own') })];
    expect((await initrdOf(own)).init).toContain('own');
    const systemd = [
      ...TREE.slice(0, 6),
      entry('usr/lib', { type: 'directory' }),
      entry('usr/lib/systemd', { type: 'directory' }),
      entry('usr/lib/systemd/systemd', {}),
      ...TREE.slice(6),
    ];
    expect((await initrdOf(systemd)).init).toContain('usr/lib/systemd/systemd');
  });

  it('refuses a tree that nothing starts', async () => {
    await expect(initrdOf(TREE.slice(0, 4))).rejects.toThrow(
      expect.objectContaining({ code: 'IMAGE_NO_INIT' }),
    );
  });
});
