/** Bytes of a stream, to be taken in the sizes that a parser wants. */
export interface ByteQueue {
  /** Exactly `length` bytes, or undefined when the stream ends before. */
  take(length: number): Promise<Buffer | undefined>;
  /** At least one and at most `limit` bytes, as they come; undefined at the end. */
  some(limit: number): Promise<Buffer | undefined>;
  /** Lets go of the stream. */
  close(): Promise<void>;
}

/** Makes a queue of a stream. `take` holds what it gives in memory: keep its lengths bounded. */
export function byteQueue(stream: AsyncIterable<Uint8Array>): ByteQueue {
  const iterator = stream[Symbol.asyncIterator]();
  let held: Buffer = Buffer.alloc(0);

  async function more(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done === true) {
        return undefined;
      }
      if (value.length > 0) {
        return Buffer.from(value.buffer, value.byteOffset, value.length);
      }
    }
  }

  return {
    async take(length) {
      const parts = [held];
      let size = held.length;
      while (size < length) {
        const next = await more();
        if (next === undefined) {
          held = Buffer.concat(parts);
          return undefined;
        }
        parts.push(next);
        size += next.length;
      }
      const all = parts.length === 1 ? held : Buffer.concat(parts);
      held = all.subarray(length);
      return all.subarray(0, length);
    },
    async some(limit) {
      const bytes = held.length > 0 ? held : await more();
      if (bytes === undefined) {
        return undefined;
      }
      held = bytes.subarray(limit);
      return bytes.subarray(0, limit);
    },
    async close() {
      await iterator.return?.();
    },
  };
}
