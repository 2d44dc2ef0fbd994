import { buildError } from '../domain/errors.ts';
import { splitCommandLine } from '../domain/image-boot.ts';
import type { DiskVerity } from '../domain/image-config/disk.ts';
import {
  isVerityWord,
  type OpenedVerity,
  parseVerity,
  type VeritySuperblock,
} from '../domain/image-verity.ts';
import { VERITY_BLOCK } from '../domain/verity.ts';
import { parseOverlayProgram } from '../domain/verity-overlays.ts';
import type { ByteSource } from '../formats/source.ts';
import { writeVerityTree } from '../formats/verity/index.ts';
import type { OpenedDisk } from './opened-disk.ts';

/** The dm-verity root of a disk: what its hashes are made with, and as a configuration would ask for it. */
export interface BaseVerity {
  readonly opened: OpenedVerity;
  readonly config: DiskVerity;
}

const CHUNK = 4 * 1024 ** 2;
const SECTOR = 512;
const NO_OVERLAYS = { overlays: [], overlaySize: '20%', overlayDebug: false };

/**
 * How a command line opens a dm-verity root, where it does; `program` is what lays memory over folders of it, and
 * `superblock` what its hashes begin with. `unknown`: in another way than distrokit.
 */
export function readVerity(
  commandLine = '',
  program: string | undefined,
  superblock?: VeritySuperblock,
): BaseVerity | 'unknown' | undefined {
  if (!splitCommandLine(commandLine).some(isVerityWord)) return undefined;
  const opened = parseVerity(commandLine, superblock);
  const overlays = opened?.hasOverlays === true ? parseOverlayProgram(program ?? '') : NO_OVERLAYS;
  if (opened === undefined || overlays === undefined) return 'unknown';
  const { name, onCorruption, parityRoots, signed, validateOnBoot } = opened;
  const correction = { errorCorrection: parityRoots > 0, errorCorrectionRoots: parityRoots || 2 };
  const config = { name, onCorruption, signed, validateOnBoot, ...correction, ...overlays };
  return { opened, config };
}

/**
 * Whether the root of a disk is the one that its root hash was made of: what somebody changed is not to get another
 * one. Throws `IMAGE_VERITY`.
 */
export async function checkRootHash({ verity, volumes }: OpenedDisk, read: ByteSource): Promise<void> {
  if (verity === undefined || verity === 'unknown') return;
  const { dataBlocks, rootHash, salt, uuid } = verity.opened;
  const { startLba, endLba } = volumes.find(({ mount }) => mount === '/')!.partition;
  const [start, size] = [startLba * SECTOR, dataBlocks * VERITY_BLOCK];
  async function* blocks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += CHUNK) yield await read(start + at, Math.min(CHUNK, size - at));
  }
  const isThere = start + size <= (endLba + 1) * SECTOR;
  const found = isThere ? await writeVerityTree(blocks(), dataBlocks, { uuid, salt }, async () => {}) : '';
  if (found === rootHash) return;
  throw buildError('IMAGE_VERITY', 'the root of the image is not the one that its root hash stands for', {
    hint: 'It was changed or is damaged: take another copy of the image.',
  });
}
