import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { actionKey } from '../domain/action-key.ts';
import { usageError } from '../domain/errors.ts';
import { wantsDisk } from '../domain/image.ts';
import type { ImagePlace, ImageVerification } from '../domain/image-verification.ts';
import { isEncryptedByInstaller } from '../domain/installer/encryption.ts';
import { byCodeUnit } from '../domain/text.ts';
import { readImageIndex } from '../stages/disk-to-artifacts/index.ts';
import type { Context } from './context.ts';
import { type ImageParts, type WrittenImage, writeImage } from './image.ts';
import { comparedFiles, differingArtifacts, differingDisk, writtenDisks } from './image-places.ts';
import { outPaths } from './layout.ts';
import { inStage } from './stage.ts';
import { ELSEWHERE, variedContext } from './varied-roots.ts';

/**
 * Makes an image, or takes it as it is, makes it a second time in other conditions, and compares all files of
 * the two byte for byte. Where they differ it finds the file or field, and what that came from. Throws `IMAGE_ENCRYPTION` for
 * a disk that is never the same.
 */
export async function verifyImage(
  parts: ImageParts,
  context: Context,
  signal: AbortSignal,
): Promise<ImageVerification> {
  const { settings, ports } = context;
  refuseEncrypted(parts.config);
  const first = await writeImage(parts, [], context, signal);
  const { bytes } = first.rootfs.size;
  await using varied = await variedContext(context, bytes, signal);
  const imagesDir = outPaths(settings).variedImages;
  const { config } = parts;
  const folder = join(imagesDir, config.name);
  // One that is there tells nothing: it is made anew, of root file system and disk that may be remembered.
  await rm(folder, { recursive: true, force: true });
  const otherwise = { ...varied.context, settings: { ...settings, imagesDir } };
  const second = await writeImage(parts, [], otherwise, signal, ELSEWHERE);
  const files = await comparedNames(join(settings.imagesDir, config.name), folder);
  const identical = files.every((file) => file.identical);
  const differences = identical
    ? []
    : await inStage(ports, 'comparison', undefined, async () => {
        const result = await findDifferences(first, second, parts, context, signal);
        return { result, detail: `${result.length} found` };
      });
  if (identical) await rm(folder, { recursive: true, force: true });
  return {
    name: config.name,
    identical,
    files,
    differences,
    varied: await rememberedConditions(await varied.conditions(), second.rootfs.key, ports),
    second: identical ? undefined : folder,
  };
}

/** What was otherwise when this second image was made: now, or before, as far as it was remembered. */
async function rememberedConditions(
  now: readonly string[],
  rootfs: string,
  { store }: Pick<Context['ports'], 'store'>,
): Promise<readonly string[]> {
  const key = actionKey('varied-conditions/1', { rootfs });
  const before = String((await store.action(key))?.facts.conditions ?? '').split('\n');
  const all = [...new Set([...before, ...now])].filter((line) => line !== '').sort(byCodeUnit);
  if (all.length > 0) await store.saveAction(key, { outputs: [], facts: { conditions: all.join('\n') } });
  return all;
}

/** What is never the same is not built twice to tell that. */
function refuseEncrypted(config: ImageParts['config']): void {
  if (config.disk.encryption === undefined || !wantsDisk(config) || isEncryptedByInstaller(config)) return;
  throw usageError(
    'IMAGE_ENCRYPTION',
    `${config.name} has an encrypted root: its volume key and salts are random, so no two of it have the same bytes`,
    { hint: 'Verify it without disk.encryption, or with formats that hold no disk, such as tar.gz.' },
  );
}

async function comparedNames(first: string, second: string): Promise<ImageVerification['files']> {
  const listed = async (folder: string) => {
    const { artifacts, documents } = await readImageIndex(folder);
    return new Map([...artifacts, ...documents].map(({ name, sha256 }) => [name, sha256]));
  };
  const [before, after] = [await listed(first), await listed(second)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(byCodeUnit);
  return names.map((name) => ({ name, identical: before.get(name) === after.get(name) }));
}

/** What follows from something else is not told: a disk from its files, an artifact from its disk or tree. */
async function findDifferences(
  first: WrittenImage,
  second: WrittenImage,
  parts: ImageParts,
  context: Context,
  signal: AbortSignal,
): Promise<readonly ImagePlace[]> {
  const inTree =
    first.rootfs.manifest.sha256 === second.rootfs.manifest.sha256
      ? []
      : await comparedFiles(first.rootfs, second.rootfs, parts, context, signal);
  const onDisk: ImagePlace[] = [];
  const others = writtenDisks(second);
  for (const [index, disk] of writtenDisks(first).entries()) {
    const other = others[index];
    if (other === undefined || disk.raw.sha256 === other.raw.sha256 || inTree.length > 0) continue;
    onDisk.push(...(await differingDisk(disk, other, parts, context, signal)));
  }
  const inArtifacts = await differingArtifacts(first, second);
  return [...inTree, ...onDisk, ...inArtifacts];
}
