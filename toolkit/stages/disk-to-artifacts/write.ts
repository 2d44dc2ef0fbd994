import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileDigest } from '../../domain/digest.ts';
import { hostError } from '../../domain/errors.ts';
import { EarlySync } from '../../formats/early-sync.ts';
import type { ImagePlan } from '../../formats/image.ts';
import type { PositionedBytes } from '../../formats/positioned.ts';
import type { ByteSource } from '../../formats/source.ts';
import { writeAll } from '../../formats/write-all.ts';

const BUFFER = 1 << 20;
const MIB = 1 << 20;

/**
 * Makes a file under its final name only when it is whole: a temporary one beside it, fsync, rename. The
 * temporary name is fixed, so that what a killed run left is replaced; the caller holds a lock. `wanted` says how
 * many bytes it takes on the disk, where that is known: `DISK_FULL` then tells how many more there have to be.
 */
export async function writeWhole<T>(
  path: string,
  fill: (file: FileHandle) => Promise<T>,
  wanted?: () => number | Promise<number>,
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${basename(path)}.tmp`);
  try {
    const file = await open(temporary, 'w+', 0o644);
    let made: T;
    try {
      made = await fill(file);
      await file.chmod(0o644);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    return made;
  } catch (error) {
    const told = isFull(error) ? await diskFull(error, path, temporary, await wanted?.()) : error;
    await rm(temporary, { force: true });
    throw told;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** There was room for what the temporary file has. */
async function diskFull(cause: unknown, path: string, temporary: string, wanted: number | undefined) {
  const had = ((await stat(temporary).catch(() => undefined))?.blocks ?? 0) * 512;
  const mib = (bytes: number) => Math.max(1, Math.ceil(bytes / MIB));
  const missing =
    wanted === undefined
      ? `there was room for ${Math.floor(had / MIB)} MiB of it`
      : `it takes ${mib(wanted)} MiB, ${mib(wanted - had)} MiB more than there are`;
  return hostError('DISK_FULL', `${path}: no space left on the device; ${missing}`, {
    hint: 'Free some space, or give another images folder.',
    cause,
  });
}

/** A file to read from; what is asked for must be there. */
export function fileSource(file: FileHandle, signal: AbortSignal): ByteSource {
  return async (offset, length) => await readInto(file, Buffer.allocUnsafe(length), offset, signal);
}

async function readInto(file: FileHandle, buffer: Buffer, offset: number, signal: AbortSignal) {
  signal.throwIfAborted();
  const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
  if (bytesRead < buffer.length) throw new Error(`the file ends at ${offset + bytesRead}`);
  return buffer;
}

/**
 * Writes what an image plan says, in one pass, holes left holes. Returns the digest of the whole file, which is not
 * computed where it is `known`.
 */
export async function writeImage(
  plan: ImagePlan,
  raw: FileHandle,
  file: FileHandle,
  signal: AbortSignal,
  known?: FileDigest,
): Promise<FileDigest> {
  await using output = new HashedOutput(file, known);
  // One is read into and hashed while the other is written: new memory for each costs more than the copying.
  let [buffer, other] = [Buffer.allocUnsafe(BUFFER), Buffer.allocUnsafe(BUFFER)];
  for (const chunk of plan.chunks()) {
    if ('bytes' in chunk) {
      await output.write(chunk.offset, chunk.bytes);
      continue;
    }
    const { sourceOffset, length } = chunk.copyFrom;
    for (let at = 0; at < length; at += BUFFER) {
      const piece = buffer.subarray(0, Math.min(BUFFER, length - at));
      await output.write(chunk.offset + at, await readInto(raw, piece, sourceOffset + at, signal));
      [buffer, other] = [other, buffer];
    }
  }
  return await output.end(plan.size);
}

/** Bytes that `writeImage` writes: what no chunk covers takes no room. */
export function plannedBytes(plan: ImagePlan): number {
  let sum = 0;
  for (const chunk of plan.chunks()) sum += 'bytes' in chunk ? chunk.bytes.length : chunk.copyFrom.length;
  return sum;
}

/** Writes a stream of bytes. Returns its digest. */
export async function writeBytes(
  pieces: AsyncIterable<Uint8Array>,
  file: FileHandle,
  signal: AbortSignal,
): Promise<FileDigest> {
  await using output = new HashedOutput(file);
  let offset = 0;
  for await (const piece of pieces) {
    signal.throwIfAborted();
    await output.write(offset, piece);
    offset += piece.length;
  }
  return await output.end(offset);
}

/**
 * Writes chunks of a file, in any order: a format's header may say what is known only at its end. The digest
 * is of the file as it then is, up to where the furthest chunk ends.
 */
export async function writeChunks(
  chunks: AsyncIterable<PositionedBytes>,
  file: FileHandle,
  signal: AbortSignal,
): Promise<FileDigest> {
  let size = 0;
  let written = 0;
  const early = new EarlySync(file);
  try {
    for await (const { offset, bytes } of chunks) {
      signal.throwIfAborted();
      await writeAll(file, bytes, offset);
      size = Math.max(size, offset + bytes.length);
      written += bytes.length;
      early.note(written);
    }
  } finally {
    await early.end();
  }
  // The disk writes while we read and hash.
  const syncing = file.datasync();
  syncing.catch(() => undefined);
  try {
    return await digestOf(file, size, signal);
  } finally {
    await syncing;
  }
}

/** One buffer is hashed while the other is read. */
async function digestOf(file: FileHandle, size: number, signal: AbortSignal): Promise<FileDigest> {
  const hash = createHash('sha256');
  let [buffer, other] = [Buffer.allocUnsafe(BUFFER), Buffer.allocUnsafe(BUFFER)];
  const readAt = (at: number) => {
    const reading = readInto(file, buffer.subarray(0, Math.min(BUFFER, size - at)), at, signal);
    reading.catch(() => undefined);
    [buffer, other] = [other, buffer];
    return reading;
  };
  let reading = readAt(0);
  for (let at = 0; at < size; at += BUFFER) {
    const bytes = await reading;
    reading = readAt(Math.min(size, at + BUFFER));
    hash.update(bytes);
  }
  await reading;
  return { sha256: hash.digest('hex'), size };
}

const ZEROS = Buffer.alloc(BUFFER);

/**
 * Ascending writes to a file; what is skipped is zeros to the digest and a hole on the disk. A write is under way
 * when `write` returns, and has ended when the next one returns, so that it goes on beside reading and hashing.
 */
class HashedOutput {
  readonly #known: FileDigest | undefined;
  readonly #hash = createHash('sha256');
  readonly #file: FileHandle;
  readonly #early: EarlySync;
  #end = 0;
  #written = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(file: FileHandle, known?: FileDigest) {
    this.#known = known;
    this.#file = file;
    this.#early = new EarlySync(file);
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    this.#skipTo(offset);
    if (this.#known === undefined) this.#hash.update(bytes);
    await this.#writing;
    this.#early.note(this.#written);
    this.#writing = writeAll(this.#file, bytes, offset);
    // It is told by the next write or the end.
    this.#writing.catch(() => {});
    this.#end = offset + bytes.length;
    this.#written += bytes.length;
  }

  async end(size: number): Promise<FileDigest> {
    this.#skipTo(size);
    await this.#writing;
    await this.#file.truncate(size);
    await this.#early.end();
    return this.#known ?? { sha256: this.#hash.digest('hex'), size };
  }

  /** The file can be closed afterwards, however it ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing.catch(() => {});
    await this.#early.end().catch(() => {});
  }

  #skipTo(offset: number): void {
    if (offset < this.#end) throw new Error(`a write at ${offset} comes after one that ends at ${this.#end}`);
    if (this.#known !== undefined) this.#end = offset;
    for (; this.#end < offset; this.#end += Math.min(BUFFER, offset - this.#end)) {
      this.#hash.update(ZEROS.subarray(0, Math.min(BUFFER, offset - this.#end)));
    }
  }
}
