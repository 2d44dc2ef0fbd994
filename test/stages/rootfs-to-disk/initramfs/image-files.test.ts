import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../../../toolkit/domain/manifest.ts';
import { ImageFiles } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/image-files.ts';
import { entry, sorted } from '../../../formats/support/manifest.ts';

const link = (path: string, target: string) => entry(path, 'symlink', { target });
const program = (path: string) => entry(path, 'file', { mode: 0o755, content: '####' });
const fill = (_entry: ManifestEntry, _from: number, target: Uint8Array): void => void target.fill(0x23);

describe('ImageFiles', () => {
  it('takes the libraries and the loader of a program with it', async () => {
    // This very program, as if it were an image's.
    const bytes = readFileSync(process.execPath);
    const names = ['libc.so.6', 'libstdc++.so.6', 'libm.so.6', 'libunneeded.so.1'];
    const node = { ...entry('usr/bin/node', 'file'), size: statSync(process.execPath).size };
    const files = new ImageFiles(
      sorted(
        ...['', 'lib64', 'usr', 'usr/bin', 'usr/lib'].map((path) => entry(path, 'directory')),
        node,
        program('lib64/ld-linux-x86-64.so.2'),
        ...names.map((name) => program(`usr/lib/${name}`)),
      ),
      (one, _from, target) => void (one === node ? bytes.copy(target) : target.fill(0)),
    );
    expect(await files.takeProgram('node')).toMatchObject({ path: 'usr/bin/node' });
    const taken = [...files.taken.keys()];
    expect(taken).toContain('lib64/ld-linux-x86-64.so.2');
    expect(taken).toContain('usr/lib/libc.so.6');
    expect(taken).not.toContain('usr/lib/libunneeded.so.1');
  });

  it('follows no ring of links', async () => {
    const files = new ImageFiles(sorted(link('bin', 'sbin'), link('sbin', 'bin')), fill);
    expect(await files.takeProgram('sh')).toBeUndefined();
    expect(files.taken.size).toBe(0);
  });
});
