import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mbrNumber } from '../../../toolkit/domain/disk.ts';
import { encodeMbr, type MbrLayout, type MbrPartition } from '../../../toolkit/formats/mbr/index.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const MIB = 1024 ** 2;
const SECTORS = MIB / 512;

function partition(name: string, start: number, end: number, rest: Partial<MbrPartition> = {}): MbrPartition {
  return { name, type: 0x83, active: false, startLba: start * SECTORS, endLba: end * SECTORS - 1, ...rest };
}

const FEW: MbrLayout = {
  size: 64 * MIB,
  sectorSize: 512,
  signature: 0xc0ffee01,
  partitions: [partition('esp', 1, 9, { type: 0xef }), partition('root', 9, 63, { active: true })],
};
const MANY: MbrLayout = {
  ...FEW,
  size: 16 * 1024 * MIB,
  partitions: [
    partition('boot', 1, 9, { active: true }),
    partition('swap', 9, 20, { type: 0x82 }),
    partition('root', 20, 40),
    partition('home', 41, 50),
    partition('var', 51, 70),
    partition('srv', 80, 16_000),
  ],
};

function onDisk(layout: MbrLayout, folder: string): string {
  const path = join(folder, 'disk.raw');
  const file = openSync(path, 'w');
  for (const { offset, bytes } of encodeMbr(layout)) writeSync(file, bytes, 0, bytes.length, offset);
  closeSync(file);
  truncateSync(path, layout.size);
  return path;
}

describe('encodeMbr', () => {
  judged('sfdisk')('is what sfdisk reads: four at most, and a chain of logical ones', () => {
    for (const layout of [FEW, MANY]) {
      using folder = tempFolder('mbr-');
      const path = onDisk(layout, folder.path);
      runTool(['sfdisk', '--verify', path]);
      const { partitiontable } = JSON.parse(runTool(['sfdisk', '--json', path]).toString());
      expect(partitiontable).toMatchObject({ label: 'dos', id: '0xc0ffee01' });
      const read = partitiontable.partitions.filter(({ type }: { type: string }) => type !== 'f');
      expect(read).toEqual(
        layout.partitions.map(({ startLba, endLba, type, active }, index) => ({
          node: `${path}${mbrNumber(index, layout.partitions.length)}`,
          start: startLba,
          size: endLba + 1 - startLba,
          type: type.toString(16),
          ...(active ? { bootable: true } : {}),
        })),
      );
    }
  });

  it('has the boot program before the signature, and each table in its place', () => {
    const writes = encodeMbr(FEW, { bootCode: Buffer.alloc(440, 0xeb) });
    expect(writes).toHaveLength(1);
    const { bytes } = writes[0]!;
    expect(Buffer.from(bytes.subarray(438, 444)).toString('hex')).toBe('ebeb01eeffc0');
    expect(encodeMbr(MANY).map(({ offset }) => offset / MIB)).toEqual([0, 40, 50, 79]);
  });

  it.each([
    [
      'overlapping',
      { partitions: [partition('a', 1, 9), partition('b', 8, 10)] },
      'b starts at sector 16384',
    ],
    ['behind the end', { partitions: [partition('a', 1, 65)] }, 'a ends at sector 133119 of 131072'],
    [
      'without room for its table',
      { partitions: MANY.partitions.with(4, partition('var', 50, 70)) },
      'var starts',
    ],
    [
      'two active',
      { partitions: [0, 1].map((at) => partition(`${at}`, 1 + at, 2 + at, { active: true })) },
      'active',
    ],
    ['no signature', { signature: 0 }, '0 is no signature'],
    ['beyond 2 TiB', { size: 2 ** 42, partitions: [partition('a', 1, 3 * 1024 ** 2)] }, 'use gpt'],
  ])('refuses what cannot be: %s', (_what, change, said) => {
    expect(() => encodeMbr({ ...FEW, ...change })).toThrow(said);
  });

  it('refuses a boot program that is too large', () => {
    expect(() => encodeMbr(FEW, { bootCode: Buffer.alloc(441) })).toThrow('441 bytes');
  });
});
