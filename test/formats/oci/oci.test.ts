import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { gzip, zstd } from '../../../toolkit/formats/compress/index.ts';
import { writeOci } from '../../../toolkit/formats/oci/index.ts';
import { writeTar } from '../../../toolkit/formats/tar/index.ts';
import { collect, pieces, sha256 } from '../support/bytes.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { contentOf, entry, sorted } from '../support/manifest.ts';

const TIME = 1_700_000_000;

async function rootfs(): Promise<Buffer> {
  const entries = sorted(
    entry('', 'directory'),
    entry('bin', 'directory'),
    entry('bin/sh', 'file', { mode: 0o755, content: 'no real shell\n' }),
    entry('bin/ping', 'file', {
      content: 'x',
      xattrs: [
        { name: 'security.capability', value: Buffer.from('0100000200200000'.padEnd(40, '0'), 'hex') },
      ],
    }),
    entry('etc', 'directory'),
    entry('etc/link', 'symlink', { target: '../bin/sh' }),
  );
  return await collect(writeTar(entries, contentOf, { xattrs: 'both' }));
}

async function image(compression: 'gzip' | 'zstd') {
  return {
    ...({ name: 'trial', version: '1.0+1', architecture: 'amd64', created: TIME } as const),
    compression,
    diffId: sha256(await rootfs()),
  };
}

async function archive(compression: 'gzip' | 'zstd'): Promise<Buffer> {
  const pack = { gzip, zstd }[compression];
  const chunks = await Array.fromAsync(
    writeOci(await image(compression), pack(pieces(await rootfs(), 1000), 2)),
  );
  expect(chunks.at(-1)?.offset).toBe(0);
  const inOrder = chunks.toSorted((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, bytes } of inOrder) {
    expect(offset).toBe(end);
    end += bytes.length;
  }
  return Buffer.concat(inOrder.map(({ bytes }) => bytes));
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

/** Reads an archive as strictly as a registry: every digest and size on the way to the layer's tar. */
async function read(bytes: Buffer) {
  const files = new Map<string, Buffer>();
  for await (const item of Readable.from([bytes]).pipe(extract())) {
    expect(item.header).toMatchObject({ mode: 0o644, uid: 0, gid: 0, mtime: new Date(TIME * 1000) });
    files.set(item.header.name, await collect(item as unknown as AsyncIterable<Uint8Array>));
  }
  const blob = ({ digest, size }: Descriptor): Buffer => {
    const content = files.get(`blobs/${digest.replace(':', '/')}`)!;
    expect(digest).toBe(`sha256:${sha256(content)}`);
    expect(content).toHaveLength(size);
    return content;
  };
  const json = (content: Buffer) => JSON.parse(content.toString());
  expect(json(files.get('oci-layout')!)).toEqual({ imageLayoutVersion: '1.0.0' });
  const index = json(files.get('index.json')!);
  const manifest = json(blob(index.manifests[0]));
  const config = json(blob(manifest.config));
  const layer: Descriptor = manifest.layers[0];
  const unpack = layer.mediaType.endsWith('gzip') ? gunzipSync : zstdDecompressSync;
  const tar = unpack(blob(layer));
  expect(config.rootfs.diff_ids).toEqual([`sha256:${sha256(tar)}`]);
  return { index, manifest, config, layer, tar, names: [...files.keys()] };
}

describe.each([
  ['gzip', '0169635ad7ec85b587eb55ab87874aee77271e5aa866e88309eb2bb1b7087852'],
  ['zstd', '65ccd3f418fd7219c3f6eba1fe51bb4f8fc2ed94c0b006fe0127ce51d5e9e3c4'],
] as const)('writeOci with a layer packed by %s', (compression, golden) => {
  it('writes the same bytes as ever', async () => {
    expect(sha256(await archive(compression))).toBe(golden);
  });

  it('is a layout whose digests and sizes lead to the root file system', async () => {
    const { index, manifest, config, layer, tar, names } = await read(await archive(compression));
    expect(tar.equals(await rootfs())).toBe(true);
    expect(names).toHaveLength(5);
    expect(layer.mediaType).toBe(`application/vnd.oci.image.layer.v1.tar+${compression}`);
    expect(index.manifests).toEqual([
      expect.objectContaining({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        platform: { architecture: 'amd64', os: 'linux' },
        annotations: { 'org.opencontainers.image.ref.name': 'trial:1.0-1' },
      }),
    ]);
    expect(manifest.annotations).toEqual({
      'org.opencontainers.image.created': '2023-11-14T22:13:20Z',
      'org.opencontainers.image.title': 'trial',
      'org.opencontainers.image.version': '1.0+1',
    });
    expect(config).toMatchObject({ architecture: 'amd64', os: 'linux', created: '2023-11-14T22:13:20Z' });
  });

  it('is found out when a byte of the layer changes, or the end is missing', async () => {
    const whole = await archive(compression);
    const changed = Buffer.from(whole);
    changed[600]! ^= 1;
    await expect(read(changed)).rejects.toThrow();
    await expect(read(whole.subarray(0, 1000))).rejects.toThrow();
  });

  judged('skopeo', 'tar')('is taken by skopeo, with its layer unchanged', async () => {
    using folder = tempFolder('oci-');
    const path = join(folder.path, 'image.oci.tar');
    const whole = await archive(compression);
    writeFileSync(path, whole);
    const options = { cwd: folder.path, env: { HOME: folder.path, TMPDIR: folder.path } };
    const raw = runTool(['skopeo', 'inspect', '--raw', `oci-archive:${path}`], options).toString();
    const { manifest, layer } = await read(whole);
    expect(JSON.parse(raw)).toEqual(manifest);
    runTool(['skopeo', '--insecure-policy', 'copy', '-q', `oci-archive:${path}`, 'oci:out:x'], options);
    expect(existsSync(join(folder.path, 'out/blobs', layer.digest.replace(':', '/')))).toBe(true);
    const unpacked = ['--dest-decompress', `oci-archive:${path}`, 'dir:unpacked'] as const;
    runTool(['skopeo', '--insecure-policy', 'copy', '-q', ...unpacked], options);
    expect(readFileSync(join(folder.path, 'unpacked', sha256(await rootfs()))).equals(await rootfs())).toBe(
      true,
    );
  });
});
