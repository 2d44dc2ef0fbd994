import { buildError } from '../domain/errors.ts';
import { splitCommandLine } from '../domain/image-boot.ts';
import type { DiskVerity, VerifiedFileSystem } from '../domain/image-config/disk.ts';
import { VERITY_ROLES, type VerityRole, verityRoles } from '../domain/image-partitions.ts';
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

/** What dm-verity checks of a disk: what its hashes are made with, and as a configuration would ask for it. */
export interface BaseVerity<C extends VerifiedFileSystem = DiskVerity> {
  readonly opened: OpenedVerity;
  readonly config: C;
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
  if (!splitCommandLine(commandLine).some((word) => isVerityWord(word, 'root'))) return undefined;
  const opened = parseVerity(commandLine, superblock);
  const overlays = opened?.hasOverlays === true ? parseOverlayProgram(program ?? '') : NO_OVERLAYS;
  if (opened === undefined || overlays === undefined) return 'unknown';
  return { opened, config: { name: opened.name, ...verifiedConfig(opened), ...overlays } };
}

/** The same of a /usr. */
export function readUsrVerity(
  commandLine = '',
  superblock?: VeritySuperblock,
): BaseVerity<VerifiedFileSystem> | 'unknown' | undefined {
  if (!splitCommandLine(commandLine).some((word) => isVerityWord(word, 'usr'))) return undefined;
  const opened = parseVerity(commandLine, superblock, 'usr');
  return opened === undefined ? 'unknown' : { opened, config: verifiedConfig(opened) };
}

function verifiedConfig(opened: OpenedVerity): VerifiedFileSystem {
  const { onCorruption, parityRoots, signed, validateOnBoot, dataBy, hashBy } = opened;
  const correction = { errorCorrection: parityRoots > 0, errorCorrectionRoots: parityRoots || 2 };
  return { onCorruption, signed, validateOnBoot, dataBy, hashBy, ...correction };
}

/**
 * Whether the root of a disk, and its /usr, are the ones that their root hashes were made of: what somebody changed is
 * not to get another one. Throws `IMAGE_VERITY`.
 */
export async function checkRootHash(
  disk: Pick<OpenedDisk, 'verity' | 'usrVerity' | 'volumes'>,
  read: ByteSource,
): Promise<void> {
  const found = { root: disk.verity, usr: disk.usrVerity };
  for (const role of verityRoles) {
    const verity = found[role];
    if (verity !== undefined && verity !== 'unknown') await checkHash(role, verity, disk, read);
  }
}

async function checkHash(
  role: VerityRole,
  { opened }: BaseVerity<VerifiedFileSystem>,
  { volumes }: Pick<OpenedDisk, 'volumes'>,
  read: ByteSource,
): Promise<void> {
  const { dataBlocks, rootHash, salt, uuid } = opened;
  const volume = volumes.find(({ mount }) => mount === VERITY_ROLES[role].mount);
  const { startLba, endLba } = volume?.partition ?? { startLba: 0, endLba: -1 };
  const [start, size] = [startLba * SECTOR, dataBlocks * VERITY_BLOCK];
  async function* blocks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < size; at += CHUNK) yield await read(start + at, Math.min(CHUNK, size - at));
  }
  const isThere = start + size <= (endLba + 1) * SECTOR;
  const found = isThere ? await writeVerityTree(blocks(), dataBlocks, { uuid, salt }, async () => {}) : '';
  if (found === rootHash) return;
  const what = role === 'root' ? 'the root' : '/usr';
  throw buildError('IMAGE_VERITY', `${what} of the image is not the one that its root hash stands for`, {
    hint: 'It was changed or is damaged: take another copy of the image.',
  });
}
