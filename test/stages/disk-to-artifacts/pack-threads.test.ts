import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packerOf } from '../../../toolkit/formats/disk-packer.ts';
import { compressQcow2 } from '../../../toolkit/formats/qcow2/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { streamVmdk } from '../../../toolkit/formats/vmdk/index.ts';
import { openPackThreads } from '../../../toolkit/stages/disk-to-artifacts/pack-threads.ts';
import { collect, noise, sha256 } from '../../formats/support/bytes.ts';
import { MIB } from '../../formats/support/image.ts';
import { tempFolder } from '../../formats/support/judge.ts';

const signal = new AbortController().signal;
const IDENTITY = {
  cid: '00112233',
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
  fileName: 'disk.vmdk',
};
/** Not a whole number of clusters. */
const SIZE = 5 * MIB + 512;

function disk(): Buffer {
  const bytes = Buffer.alloc(SIZE);
  for (let at = 0; at < 4; at += 1)
    bytes.set(at % 2 ? noise(MIB, at) : Buffer.alloc(MIB, `${at} `), at * MIB);
  bytes.fill('end', SIZE - 512);
  return bytes;
}

const EXTENTS = [{ offset: 0, length: SIZE }];

describe('openPackThreads', () => {
  it('gives what one thread gives', async () => {
    using folder = tempFolder('pack-');
    const path = join(folder.path, 'raw');
    const bytes = disk();
    await writeFile(path, bytes);
    await using raw = await open(path);
    await using threads = openPackThreads(raw, signal);
    const alone = packerOf(memorySource(bytes), 1);
    const whole = SIZE - 512;
    const extents = [{ offset: 0, length: whole }];
    const vmdks = [threads, alone].map(
      async (packer) => await collect(streamVmdk(whole, extents, packer, IDENTITY)),
    );
    const [together, single] = await Promise.all(vmdks);
    expect(sha256(together!)).toBe(sha256(single!));
    const clusters = [threads, alone].map(
      async (packer) =>
        await Array.fromAsync(compressQcow2(SIZE, EXTENTS, packer, 'zstd'), ({ offset, bytes }) => [
          offset,
          sha256(bytes),
        ]),
    );
    const [many, one] = await Promise.all(clusters);
    expect(many).toEqual(one);
  });

  it('says where the disk ends too early', async () => {
    using folder = tempFolder('pack-');
    const path = join(folder.path, 'raw');
    await writeFile(path, disk().subarray(0, MIB + 5));
    await using raw = await open(path);
    await using threads = openPackThreads(raw, signal);
    const image = Array.fromAsync(compressQcow2(SIZE, EXTENTS, threads, 'zstd'));
    // Of the parts that are not there one is told.
    await expect(image).rejects.toThrow('the file ends at');
  });

  it('stops when it is told to', async () => {
    using folder = tempFolder('pack-');
    const path = join(folder.path, 'raw');
    await writeFile(path, 'x');
    await using raw = await open(path);
    await using threads = openPackThreads(raw, AbortSignal.abort(new Error('enough')));
    await expect(Array.fromAsync(compressQcow2(SIZE, EXTENTS, threads, 'zstd'))).rejects.toThrow('enough');
  });
});
