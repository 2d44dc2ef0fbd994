import type { ReadContent } from '../../domain/manifest.ts';
import { writePieces } from '../file-system-pieces.ts';
import type { PositionedBytes } from '../positioned.ts';
import type { Ext4Plan } from './plan.ts';

/**
 * The bytes of a file system, ascending, in writes of up to 4 MiB; what is between them is zeros. The bytes are
 * good until the next but one is asked for.
 */
export function writeExt4(plan: Ext4Plan, read: ReadContent): AsyncGenerator<PositionedBytes> {
  return writePieces(plan.pieces(), read);
}
