import type { FileDigest } from '../../domain/digest.ts';
import { usageError } from '../../domain/errors.ts';
import { emittedFormats, type ImageConfig } from '../../domain/image.ts';
import { holdsMediumFiles } from '../../domain/image-format.ts';
import type { ArtifactPorts } from './making.ts';
import { IN, type StepInput } from './steps.ts';
import { storeText, storeUserFile } from './user-files.ts';

/** A file of the user on a medium, in the store. */
export interface StoredMediumFile {
  /** Absolute path on the medium. */
  readonly path: string;
  readonly digest: FileDigest;
}

/** What is the system's on a medium: a folder where it ends in `/`. */
const OWN = ['/boot/', '/live/', '/installer/', '/RPMS/', '/EFI/', '/artifact.json'];

/** Puts files of the user for media into the store. Throws `IMAGE_FILE_OTHER`, and `IMAGE_MEDIUM_FILE` for a place that is not free. */
export async function storeMediumFiles(
  config: ImageConfig,
  ports: Pick<ArtifactPorts, 'store'>,
  signal: AbortSignal,
): Promise<readonly StoredMediumFile[]> {
  if (!emittedFormats(config).some(holdsMediumFiles) && config.installer === undefined) return [];
  const files: StoredMediumFile[] = [];
  for (const { path, content } of config.mediumFiles) {
    if (OWN.some((own) => `${path}/`.startsWith(own) || path === own)) {
      throw usageError('IMAGE_MEDIUM_FILE', `${config.name}: ${path} is the system's own on a medium`, {
        hint: 'Give it another path in mediumFiles.',
      });
    }
    const digest =
      content.kind === 'text'
        ? await storeText(content.text, ports, signal)
        : await storeUserFile(content.source, content.sha256, ports, signal);
    files.push({ path, digest });
  }
  return files;
}

/** They lie side by side in `IN`. */
export function mediumInputs(files: readonly StoredMediumFile[]): StepInput[] {
  return files.map(({ digest }, index) => ({ name: inputName(index), digest }));
}

/** Paths on a medium, and where their content is in the sandbox. */
export function mediumPaths(files: readonly StoredMediumFile[]): (readonly [string, string])[] {
  return files.map(({ path }, index) => [path, `${IN}/${inputName(index)}`]);
}

function inputName(index: number): string {
  return `medium.${index}`;
}
