import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Extent, ImagePlan } from '../../../toolkit/formats/image.ts';
import { noise } from './bytes.ts';
import { runTool, tempFolder } from './judge.ts';

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;

/** A disk of 9 GiB, mostly holes: starts and ends of blocks, crossings, the last sector. */
export const DISK_SIZE = 9 * GIB + MIB;
export const EXTENTS: readonly Extent[] = [
  { offset: 0, length: 4096 },
  { offset: 65536 - 512, length: 1024 },
  { offset: 2 * MIB, length: 2 * MIB },
  { offset: 4 * MIB, length: 512 },
  { offset: 4 * GIB - 4096, length: 8192 },
  { offset: 9 * GIB + MIB - 512, length: 512 },
];

/** Content of the disk in an extent. */
export function contentAt(offset: number, length: number): Buffer {
  return noise(length, offset / 512 + 1);
}

/** Writes the disk as a sparse raw file. */
export function writeRaw(path: string, size: number, extents: readonly Extent[]): void {
  const file = openSync(path, 'w');
  ftruncateSync(file, size);
  for (const { offset, length } of extents) {
    writeSync(file, contentAt(offset, length), 0, length, offset);
  }
  closeSync(file);
}

/** Does what a plan says, copying from the raw file. Checks that it goes forward and stays inside. */
export function carryOut(plan: ImagePlan, rawPath: string, path: string): void {
  const raw = openSync(rawPath, 'r');
  const file = openSync(path, 'w');
  ftruncateSync(file, plan.size);
  let end = 0;
  for (const chunk of plan.chunks()) {
    expect(chunk.offset).toBeGreaterThanOrEqual(end);
    const length = 'bytes' in chunk ? chunk.bytes.length : chunk.copyFrom.length;
    const bytes = 'bytes' in chunk ? chunk.bytes : Buffer.alloc(length);
    if ('copyFrom' in chunk) {
      readSync(raw, bytes, 0, length, chunk.copyFrom.sourceOffset);
    }
    writeSync(file, bytes, 0, length, chunk.offset);
    end = chunk.offset + length;
  }
  expect(end).toBeLessThanOrEqual(plan.size);
  closeSync(file);
  closeSync(raw);
}

/** Digest of all a plan says; stands for the file's bytes. */
export function planDigest(plan: ImagePlan): string {
  const hash = createHash('sha256').update(`size ${plan.size}\n`);
  for (const chunk of plan.chunks()) {
    if ('bytes' in chunk) {
      hash.update(`bytes ${chunk.offset} ${chunk.bytes.length}\n`).update(chunk.bytes);
    } else {
      hash.update(`copy ${chunk.offset} ${chunk.copyFrom.sourceOffset} ${chunk.copyFrom.length}\n`);
    }
  }
  return hash.digest('hex');
}

/** Where the extents are: QEMU's vhdx driver does not know holes and would read all of the disk. */
function windows(size: number): Extent[] {
  const length = Math.min(size, 8 * MIB);
  const middle = { offset: 4 * GIB - 4 * MIB, length };
  return [{ offset: 0, length }, ...(size > 5 * GIB ? [middle] : []), { offset: size - length, length }];
}

export interface QemuVerdict {
  readonly format: string;
  readonly virtualSize: number;
}

/** What `qemu-img` says about an image of the disk: its size, and that its content is the raw's. */
export function askQemu(
  plan: ImagePlan,
  format: string,
  size: number,
  extents: readonly Extent[],
): QemuVerdict {
  using folder = tempFolder('image-');
  const raw = join(folder.path, 'raw');
  const image = join(folder.path, 'image');
  writeRaw(raw, size, extents);
  carryOut(plan, raw, image);
  for (const window of format === 'vhdx' ? windows(size) : [{ offset: 0, length: size }]) {
    const place = `driver=raw,offset=${window.offset},size=${window.length}`;
    const ours = `${place},file.driver=${format},file.file.driver=file,file.file.filename=${image}`;
    const wanted = `${place},file.driver=file,file.filename=${raw}`;
    runTool(['qemu-img', 'compare', '--image-opts', wanted, ours]);
  }
  if (format !== 'vpc') {
    runTool(['qemu-img', 'check', '-f', format, image]);
  }
  const info = JSON.parse(runTool(['qemu-img', 'info', '--output=json', '-f', format, image]).toString());
  return { format: info.format, virtualSize: info['virtual-size'] };
}
