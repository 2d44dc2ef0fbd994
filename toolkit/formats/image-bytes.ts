import type { ImagePlan } from './image.ts';
import type { ByteSource } from './source.ts';

const BUFFER = 1 << 20;
const ZEROS = Buffer.alloc(BUFFER);

/** All bytes of an image file, from the first to the last, holes as zeros; `read` gives the raw disk's. */
export async function* imageBytes(plan: ImagePlan, read: ByteSource): AsyncGenerator<Uint8Array> {
  let end = 0;
  for (const chunk of plan.chunks()) {
    yield* zeros(chunk.offset - end);
    if ('bytes' in chunk) {
      yield chunk.bytes;
      end = chunk.offset + chunk.bytes.length;
      continue;
    }
    const { sourceOffset, length } = chunk.copyFrom;
    for (let at = 0; at < length; at += BUFFER) {
      yield await read(sourceOffset + at, Math.min(BUFFER, length - at));
    }
    end = chunk.offset + length;
  }
  yield* zeros(plan.size - end);
}

function* zeros(length: number): Generator<Uint8Array> {
  for (let at = 0; at < length; at += BUFFER) yield ZEROS.subarray(0, Math.min(BUFFER, length - at));
}
