import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';

/** Compresses blocks, each into a Zstandard frame of its own; several at once. */
export interface BlockPacker {
  pack(block: Uint8Array): Promise<Uint8Array>;
  /** Lets go of the memory; nothing may be under way. */
  close(): void;
}

/**
 * The frames are those that `zstdCompress` gives. A context for each block costs as much as compressing 64 KiB:
 * here they are used again, as many as blocks are under way at once. `blockSize` is the largest that comes.
 */
export function zstdBlocks(level: number, blockSize: number): BlockPacker {
  const idle: ZstdCompress[] = [];
  const options = {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    // Ends a frame after each write.
    flush: constants.ZSTD_e_end,
    // Room for all of a frame: a write ends when what it gave was buffered.
    readableHighWaterMark: blockSize * 2,
    chunkSize: blockSize * 2,
  };
  return {
    pack: (block) =>
      new Promise((resolve, reject) => {
        const stream = idle.pop() ?? createZstdCompress(options);
        stream.once('error', reject);
        stream.write(block, () => {
          const frame = stream.read() as Buffer | null;
          if (frame === null) {
            reject(new Error('a block gave no frame'));
            return;
          }
          stream.off('error', reject);
          idle.push(stream);
          resolve(frame);
        });
      }),
    close: () => {
      for (const stream of idle) stream.destroy();
    },
  };
}
