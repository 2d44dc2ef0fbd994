import type { PositionedBytes } from './positioned.ts';

const LIMIT = 1 << 20;

/**
 * Joins chunks that follow one another in a file: many small writes take longer than what is written takes to make. What
 * it gives is good until the next one is asked for.
 */
export class GatheredChunks {
  #start = 0;
  #used = 0;
  #buffer = Buffer.alloc(0);

  /** Takes a chunk, and copies it. Returns what is to be written, when the chunk does not go on with it or it is enough. */
  *add(offset: number, bytes: Uint8Array): Generator<PositionedBytes> {
    if (offset !== this.#start + this.#used || bytes.length > this.#buffer.length - this.#used) {
      yield* this.end();
      this.#start = offset;
      if (bytes.length > this.#buffer.length)
        this.#buffer = Buffer.allocUnsafeSlow(Math.max(LIMIT, bytes.length));
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  /** The rest. */
  *end(): Generator<PositionedBytes> {
    if (this.#used > 0) yield { offset: this.#start, bytes: this.#buffer.subarray(0, this.#used) };
    this.#used = 0;
  }
}
