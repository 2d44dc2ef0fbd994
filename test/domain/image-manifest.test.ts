import { describe, expect, it } from 'vitest';
import { latin1Bytes } from '../../toolkit/domain/image-bytes.ts';
import { manifestLine, parseManifestLine } from '../../toolkit/domain/image-manifest.ts';
import type { ManifestEntry } from '../../toolkit/domain/manifest.ts';

describe('parseManifestLine', () => {
  it('gives back what was written, but for the digests of contents', () => {
    const common = { uid: 1, gid: 2, mtime: 3, size: 0, xattrs: [] };
    const entries: ManifestEntry[] = [
      { ...common, path: latin1Bytes(''), type: 'directory', mode: 0o755 },
      {
        ...common,
        path: Uint8Array.from([0xff, 0x0a]),
        type: 'symlink',
        mode: 0o777,
        target: Uint8Array.from([0xfe]),
      },
      { ...common, path: latin1Bytes('null'), type: 'char', mode: 0o666, device: { major: 1, minor: 3 } },
      {
        ...{ ...common, path: latin1Bytes('ping'), type: 'file', mode: 0o4755, size: 9, sha256: 'ab' },
        xattrs: [{ name: 'security.capability', value: Buffer.from([0, 1, 255]) }],
      },
    ];
    const found = entries.map((entry) => parseManifestLine(manifestLine(entry)));
    expect(found).toEqual(entries.map(({ sha256: _, ...entry }) => entry));
  });
});
