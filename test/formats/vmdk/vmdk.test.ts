import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { packerOf } from '../../../toolkit/formats/disk-packer.ts';
import type { Extent } from '../../../toolkit/formats/image.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { planVmdk, streamVmdk } from '../../../toolkit/formats/vmdk/index.ts';
import { collect, noise, sha256 } from '../support/bytes.ts';
import { askQemu, DISK_SIZE, EXTENTS, MIB, planDigest } from '../support/image.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const IDENTITY = {
  cid: '00112233',
  uuid: '00112233-4455-6677-8899-aabbccddeeff',
  fileName: 'trial-1.0.vmdk',
};
const BAD_SIZES = [0, 512, 65535, -65536, Number.NaN, 3 * 1024 ** 4];

describe('planVmdk', () => {
  it('writes the same bytes as ever', () => {
    expect(planDigest(planVmdk(DISK_SIZE, EXTENTS, IDENTITY))).toBe(
      '81bba7eb5992704c16d10b2d54e16dbde093cc4ae11e4f846292eabf1eb1dffc',
    );
  });

  it('begins with the header of the specification', () => {
    const [header] = [...planVmdk(64 * MIB, [], IDENTITY).chunks()];
    const bytes = Buffer.from(header !== undefined && 'bytes' in header ? header.bytes : []);
    expect(bytes.subarray(0, 79).toString('hex')).toBe(
      `${Buffer.from('KDMV').toString('hex')}01000000` +
        '03000000' +
        '0000020000000000' +
        '8000000000000000' +
        '0100000000000000' +
        '1400000000000000' +
        '00020000' +
        '1500000000000000' +
        '1e00000000000000' +
        '8000000000000000' +
        '000a200d0a0000',
    );
  });

  it('says the same twice: both directories lead to equal tables', () => {
    const at = new Map<number, Uint8Array>();
    for (const chunk of planVmdk(DISK_SIZE, EXTENTS, IDENTITY).chunks()) {
      if ('bytes' in chunk) at.set(chunk.offset / 512, chunk.bytes);
    }
    const header = Buffer.from(at.get(0)!);
    const tables = [header.readUInt32LE(48), header.readUInt32LE(56)].map((place) => {
      const directory = Buffer.from(at.get(place)!);
      return Array.from({ length: 289 }, (_, index) => at.get(directory.readUInt32LE(index * 4)));
    });
    expect(tables[0]).toEqual(tables[1]);
    expect(tables[0]!.filter((table) => table !== undefined)).toHaveLength(4);
  });

  it.each(BAD_SIZES)('refuses a disk of %d bytes', (size) => {
    expect(() => planVmdk(size, [], IDENTITY)).toThrow(expect.objectContaining({ code: 'VMDK_SIZE' }));
  });

  judged('qemu-img')('holds the disk, whole and without a problem, for qemu-img', () => {
    const plan = planVmdk(DISK_SIZE, EXTENTS, IDENTITY);
    expect(askQemu(plan, 'vmdk', DISK_SIZE, EXTENTS)).toEqual({ format: 'vmdk', virtualSize: DISK_SIZE });
  });

  judged('qemu-img')('may be empty', () => {
    expect(askQemu(planVmdk(3 * MIB, [], IDENTITY), 'vmdk', 3 * MIB, []).virtualSize).toBe(3 * MIB);
  });
});

const SIZE = 72 * MIB;
const STREAMED: readonly Extent[] = [
  { offset: 0, length: MIB },
  { offset: 2 * MIB, length: MIB + 512 },
  { offset: 40 * MIB, length: 65536 },
  { offset: SIZE - 512, length: 512 },
];

/** Text that packs well, noise that does not, an extent that is zeros only. */
function disk(): Buffer {
  const bytes = Buffer.alloc(SIZE);
  bytes.fill('some text that is there again and again. ', 0, MIB);
  bytes.set(noise(MIB, 1), 2 * MIB);
  bytes.fill('end', SIZE - 512);
  return bytes;
}

async function stream(concurrency = 4, size = SIZE, extents = STREAMED): Promise<Buffer> {
  return await collect(streamVmdk(size, extents, packerOf(memorySource(disk()), concurrency), IDENTITY));
}

/** Reads a stream as a strict receiver does, marker by marker. Throws where something is wrong. */
function unpack(bytes: Buffer): Buffer {
  const found = Buffer.alloc(Number(bytes.readBigUInt64LE(12)) * 512);
  const grains = new Map<number, number>();
  const tables = new Map<number, Map<number, number>>();
  let at = Number(bytes.readBigUInt64LE(64)) * 512;
  let directory = -1;
  for (;;) {
    const value = Number(bytes.readBigUInt64LE(at));
    const size = bytes.readUInt32LE(at + 8);
    const type = bytes.readUInt32LE(at + 12);
    if (size > 0) {
      const plain = inflateSync(bytes.subarray(at + 12, at + 12 + size));
      expect(plain).toHaveLength(65536);
      found.set(plain, value * 512);
      grains.set(value / 128, at / 512);
      at += Math.ceil((12 + size) / 512) * 512;
      continue;
    }
    if (type === 0) break;
    const content = bytes.subarray(at + 512, at + 512 + value * 512);
    expect(content).toHaveLength(value * 512);
    if (type === 1) tables.set(at / 512 + 1, entries(content));
    if (type === 2) directory = at / 512 + 1;
    if (type === 2) {
      const said = new Map(
        [...entries(content)].flatMap(([index, place]) =>
          [...tables.get(place)!].map(([entry, sector]) => [index * 512 + entry, sector] as const),
        ),
      );
      expect(said).toEqual(grains);
    }
    if (type === 3) expect(Number(content.readBigUInt64LE(56))).toBe(directory);
    at += 512 + value * 512;
  }
  expect(at + 512).toBe(bytes.length);
  return found;
}

function entries(table: Buffer): Map<number, number> {
  const all = Array.from({ length: table.length / 4 }, (_, index) => [index, table.readUInt32LE(index * 4)]);
  return new Map(all.filter(([, sector]) => sector !== 0) as [number, number][]);
}

describe('streamVmdk', () => {
  it('writes the same bytes as ever, whatever the concurrency', async () => {
    expect(sha256(await stream(1))).toBe('927e3c6b4c4f365595c17b1705a1fad2e25568058af75bc15b835942a9c63270');
    expect(sha256(await stream(7))).toBe(sha256(await stream(1)));
  });

  it('is a stream of markers that gives the disk again', async () => {
    expect(unpack(await stream()).equals(disk())).toBe(true);
  });

  it('is found out when it is cut short', async () => {
    const bytes = await stream();
    for (const length of [65536, bytes.length - 512, bytes.length - 2048]) {
      expect(() => unpack(bytes.subarray(0, length))).toThrow();
    }
  });

  it.each(BAD_SIZES)('refuses a disk of %d bytes', async (size) => {
    await expect(stream(1, size, [])).rejects.toMatchObject({ code: 'VMDK_SIZE' });
  });

  it('passes an error of the disk on', async () => {
    const read = () => Promise.reject(new Error('disk'));
    await expect(collect(streamVmdk(SIZE, STREAMED, packerOf(read, 3), IDENTITY))).rejects.toThrow('disk');
  });

  judged('qemu-img')('holds the disk, whole and without a problem, for qemu-img', async () => {
    using folder = tempFolder('vmdk-');
    const [raw, image] = [join(folder.path, 'raw'), join(folder.path, 'image')];
    writeFileSync(raw, disk());
    writeFileSync(image, await stream());
    runTool(['qemu-img', 'compare', '-f', 'raw', '-F', 'vmdk', raw, image]);
    runTool(['qemu-img', 'check', '-f', 'vmdk', image]);
    const info = JSON.parse(runTool(['qemu-img', 'info', '--output=json', image]).toString());
    expect(info['virtual-size']).toBe(SIZE);
    expect(info['format-specific'].data['create-type']).toBe('streamOptimized');
    writeFileSync(image, await stream(1, MIB, []));
    runTool(['qemu-img', 'check', '-f', 'vmdk', image]);
  });

  judged('qemu-img')('is refused by qemu-img when it is cut short', async () => {
    using folder = tempFolder('vmdk-');
    const image = join(folder.path, 'image');
    const bytes = await stream();
    writeFileSync(image, bytes.subarray(0, bytes.length - 512));
    expect(() => runTool(['qemu-img', 'check', '-f', 'vmdk', image])).toThrow('ended with');
  });
});
