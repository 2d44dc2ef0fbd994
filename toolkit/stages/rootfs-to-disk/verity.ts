import { open } from 'node:fs/promises';
import type { EfiSigner } from '../../domain/efi-signer.ts';
import { usageError } from '../../domain/errors.ts';
import type { ImageConfig } from '../../domain/image.ts';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { ImageDisk, VerifiedFileSystem } from '../../domain/image-config/disk.ts';
import type { ImageIdentity } from '../../domain/image-identity.ts';
import { type VerityRole, verifiedBy, verityRoles } from '../../domain/image-partitions.ts';
import {
  completeVerity,
  parityRoots,
  type VerityRoot,
  verityIdentity,
  wantsInitramfs,
} from '../../domain/image-verity.ts';
import type { ManifestEntry, ReadContent } from '../../domain/manifest.ts';
import { VERITY_BLOCK } from '../../domain/verity.ts';
import { detachedSignedData } from '../../formats/pkcs7/index.ts';
import type { PositionedBytes } from '../../formats/positioned.ts';
import { wholeBytes } from '../../formats/positioned.ts';
import { writeVerityTree } from '../../formats/verity/index.ts';
import { writeAll } from '../../formats/write-all.ts';
import type { VerityTask } from './initramfs/task.ts';
import { missingOptions } from './kernel.ts';

/** What a kernel is made with that opens a dm-verity root by itself, beside what an initramfs wants of it too. */
const BY_ITSELF = 'CONFIG_DM_INIT';

/** What it checks a signature of the root hash with: keys of its own, and those of the firmware. */
const SIGNATURE = [
  'CONFIG_DM_VERITY_VERIFY_ROOTHASH_SIG',
  'CONFIG_DM_VERITY_VERIFY_ROOTHASH_SIG_PLATFORM_KEYRING',
] as const;

/**
 * What an initramfs has to do for a dm-verity root, or such a /usr; undefined where the kernel opens the root by itself,
 * or there is none. `hasInitramfs`: there is one for something else.
 */
export async function verityTask(
  { disk }: Pick<ImageConfig, 'disk'>,
  release: string,
  entries: readonly ManifestEntry[],
  read: ReadContent,
  hasInitramfs = false,
): Promise<VerityTask | undefined> {
  const verified = verifiedOf(disk);
  if (verified.length === 0 || disk.boot === 'none') return undefined;
  const task = {
    validates: verified.some(({ validateOnBoot }) => validateOnBoot),
    hasSignature: verified.some(({ signed }) => signed),
  };
  const isNeeded = hasInitramfs || disk.usrVerity !== undefined || verified.some(wantsInitramfs);
  if (isNeeded || task.validates || task.hasSignature) return task;
  const missing = await missingOptions(release, [BY_ITSELF], entries, read);
  return missing.length === 0 ? undefined : task;
}

function verifiedOf(disk: ImageDisk): VerifiedFileSystem[] {
  return verityRoles.flatMap((role) => verifiedBy(disk, role) ?? []);
}

/** Options of the kernel, and the key of the configuration that asks for each. */
function neededOptions(disk: ImageDisk, task: VerityTask | undefined): ReadonlyMap<string, string> {
  const needed = new Map<string, string>();
  for (const key of ['usrVerity', 'verity'] as const) {
    const verified = disk[key];
    if (verified === undefined) continue;
    needed.set('CONFIG_DM_VERITY', `disk.${key}`);
    if (task !== undefined) needed.set('CONFIG_BLK_DEV_INITRD', `disk.${key}`);
    if (verified.errorCorrection) needed.set('CONFIG_DM_VERITY_FEC', `disk.${key}.errorCorrection`);
    if (verified.signed) for (const option of SIGNATURE) needed.set(option, `disk.${key}.signed`);
  }
  return needed;
}

/** Where the hashes of the root, or of /usr, are made. */
export function hashesIn(folder: string, role: VerityRole): string {
  return `${folder}/${role}.verity`;
}

/** What the kernel takes of a command line. Source: Linux, arch/x86/include/asm/setup.h, COMMAND_LINE_SIZE. */
const MOST_WORDS = 2047;

/**
 * The command line of a root, or a /usr, whose hashes are known, with a signature of its root hash where the configuration wants
 * one. Throws `IMAGE_VERITY` for one that the kernel would cut off.
 */
export function sealedCommandLine(
  commandLine: string,
  { name, disk }: ImageConfig,
  identity: ImageIdentity,
  hashed: VerityRoot,
  signer: EfiSigner | undefined,
  role: VerityRole = 'root',
): string {
  const signs = verifiedBy(disk, role)?.signed === true && signer !== undefined;
  // What the kernel checks is the text, without an end of line.
  const signature = signs ? detachedSignedData(Buffer.from(hashed.rootHash), signer) : undefined;
  const sealed = completeVerity(commandLine, disk, identity, { ...hashed, signature }, role);
  if (sealed.length <= MOST_WORDS) return sealed;
  throw usageError(
    'IMAGE_VERITY',
    `${name}: the command line has ${sealed.length} bytes, and the kernel takes ${MOST_WORDS}`,
    { hint: 'Shorten kernelArgs, or sign with a shorter key.' },
  );
}

/** Writes the hash device of a root, or a /usr, of `size` bytes, with its error correction, to `path`. */
export async function writeHashes(
  data: AsyncIterable<PositionedBytes>,
  size: number,
  verity: VerifiedFileSystem,
  identity: ImageIdentity,
  role: VerityRole,
  path: string,
): Promise<VerityRoot> {
  const dataBlocks = Math.ceil(size / VERITY_BLOCK);
  await using file = await open(path, 'wx');
  const rootHash = await writeVerityTree(
    wholeBytes(data, dataBlocks * VERITY_BLOCK),
    dataBlocks,
    { ...verityIdentity(identity, role), roots: parityRoots(verity) },
    async ({ offset, bytes }) => await writeAll(file, bytes, offset),
  );
  return { rootHash, dataBlocks };
}

/**
 * Whether the kernel of an image can open what dm-verity checks of it, by itself or where an initramfs does `task`, and the folders
 * to be laid over are there. A kernel that does not say what it is made of is trusted. Throws `IMAGE_VERITY`.
 */
export async function checkVerity(
  { name, disk }: ImageConfig,
  release: string,
  entries: readonly ManifestEntry[],
  read: ReadContent,
  task?: VerityTask,
): Promise<void> {
  const needed = neededOptions(disk, task);
  const missing = await missingOptions(release, [...needed.keys()], entries, read);
  if (missing.length > 0) {
    throw usageError(
      'IMAGE_VERITY',
      `${name}: the kernel ${release} is made without ${missing.join(' and ')}`,
      { hint: `Take another kernel, or leave ${needed.get(missing[0]!)} out.` },
    );
  }
  const byPath = new Map(entries.map((entry) => [latin1Text(entry.path), entry]));
  for (const folder of disk.verity?.overlays ?? []) {
    const path = Buffer.from(folder).toString('latin1').slice(1);
    if (byPath.get(path)?.type === 'directory') continue;
    throw usageError('IMAGE_VERITY', `${name}: the image has no folder ${folder} to lay anything over`, {
      hint: 'Correct disk.verity.overlays.',
    });
  }
}
