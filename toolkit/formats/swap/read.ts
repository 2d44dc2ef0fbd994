import { untilNul } from '../../domain/text.ts';
import { uuidFromBytes } from '../../domain/uuid.ts';
import type { ByteSource } from '../source.ts';

const PAGE = 4096;
const SIGNATURE = 'SWAPSPACE2';

/** What the swap space that begins at `start` is called; undefined where there is none. */
export async function readSwap(
  read: ByteSource,
  start: number,
): Promise<{ readonly uuid: string; readonly label: string } | undefined> {
  const page = Buffer.from(await read(start, PAGE));
  if (page.toString('latin1', PAGE - SIGNATURE.length) !== SIGNATURE) return undefined;
  const label = untilNul(page.toString('utf8', 1052, 1068));
  return { uuid: uuidFromBytes(page.subarray(1036, 1052)), label };
}
