import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { encodeSwapHeader, readSwap } from '../../../toolkit/formats/swap/index.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const MIB = 1024 ** 2;
const uuid = '12345678-1234-4321-8765-123456789abc';

describe('encodeSwapHeader', () => {
  it('counts pages up to the last', () => {
    const page = encodeSwapHeader({ size: 2 * MIB + 100, uuid, label: 'SWAP' });
    expect(page.length).toBe(4096);
    expect(page.readUInt32LE(1028)).toBe(511);
  });
});

describe('readSwap', () => {
  it('reads back what is written, and nothing else', async () => {
    const page = encodeSwapHeader({ size: MIB, uuid, label: 'SWAP' });
    expect(await readSwap(memorySource(page), 0)).toEqual({ uuid, label: 'SWAP' });
    expect(await readSwap(memorySource(Buffer.alloc(4096)), 0)).toBeUndefined();
  });
});

describe('swap as others see it', () => {
  judged('blkid')('has its UUID and label', () => {
    using folder = tempFolder('swap-');
    const path = join(folder.path, 'swap');
    writeFileSync(path, encodeSwapHeader({ size: MIB, uuid, label: 'SWAP' }));
    truncateSync(path, MIB);
    const said = runTool(['blkid', '-p', path]).toString();
    expect(said).toContain(`UUID="${uuid}"`);
    expect(said).toMatch(/LABEL="SWAP".*TYPE="swap"/);
  });
});
