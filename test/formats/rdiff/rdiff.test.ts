import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { copyCommand, literalCommand } from '../../../toolkit/formats/rdiff/commands.ts';
import { rdiffDelta } from '../../../toolkit/formats/rdiff/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { collect } from '../support/bytes.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const MIB = 1 << 20;

function noise(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
    createHash('sha256').update(`${seed} ${index}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

/** What a delta makes of a file. Source: librsync's prototab.c. */
function patched(base: Buffer, delta: Buffer): Buffer {
  expect(delta.toString('hex', 0, 4)).toBe('72730236');
  const parts: Buffer[] = [];
  let at = 4;
  const number = (log: number): number => {
    const length = 2 ** log;
    at += length;
    return Number(delta.subarray(at - length, at).reduce((sum, byte) => sum * 256n + BigInt(byte), 0n));
  };
  for (;;) {
    const op = delta[at]!;
    at += 1;
    if (op === 0) break;
    if (op < 0x45) {
      const length = op <= 0x40 ? op : number(op - 0x41);
      parts.push(delta.subarray(at, at + length));
      at += length;
      continue;
    }
    const from = number((op - 0x45) >> 2);
    parts.push(base.subarray(from, from + number((op - 0x45) & 3)));
  }
  expect(at).toBe(delta.length);
  return Buffer.concat(parts);
}

async function deltaOf(base: Buffer, target: Buffer): Promise<Buffer> {
  const sized = (bytes: Buffer) => ({ read: memorySource(bytes), size: bytes.length });
  return await collect(rdiffDelta(sized(base), sized(target)));
}

const BASE = Buffer.concat([noise('a', 2 * MIB), Buffer.alloc(MIB), noise('b', 5000)]);
const CHANGED = Buffer.from(BASE);
CHANGED.set(noise('c', 10), 70_000);
CHANGED.set(BASE.subarray(8192, 8192 + 3 * 4096), 2 * MIB + 40_960);

const CASES: [string, Buffer, Buffer, number][] = [
  ['the same', BASE, BASE, 20],
  ['some blocks changed and moved', BASE, CHANGED, 4200],
  ['a longer one', BASE, Buffer.concat([BASE, noise('d', 70)]), 5100],
  ['a shorter one', BASE, BASE.subarray(0, MIB + 4096), 20],
  ['nothing alike', noise('e', 5000), noise('f', 1_100_000), 1_100_100],
  ['nothing before', Buffer.alloc(0), noise('g', 64), 70],
  ['nothing after', BASE, Buffer.alloc(0), 5],
];

describe('rdiffDelta', () => {
  it.each(CASES)('tells little more than what is new: %s', async (_, base, target, most) => {
    const delta = await deltaOf(base, target);
    expect(delta.length).toBeLessThanOrEqual(most);
    expect(patched(base, delta).equals(target)).toBe(true);
  });

  it('writes numbers in as few bytes as they need', () => {
    expect(literalCommand(64).toString('hex')).toBe('40');
    expect(literalCommand(65).toString('hex')).toBe('4141');
    expect(copyCommand(0, 255).toString('hex')).toBe('4500ff');
    expect(copyCommand(2 ** 32, 2 ** 16).toString('hex')).toBe('53000000010000000000010000');
  });

  judged('rdiff').each(CASES)('is patched by librsync: %s', async (_, base, target) => {
    using folder = tempFolder('rdiff-');
    const [old, delta, made] = ['old', 'delta', 'made'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(old, base);
    writeFileSync(delta, await deltaOf(base, target));
    runTool(['rdiff', 'patch', old, delta, made]);
    expect(readFileSync(made).equals(target)).toBe(true);
  });
});
