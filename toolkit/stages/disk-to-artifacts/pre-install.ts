import type { FileDigest } from '../../domain/digest.ts';
import type { ImageConfig } from '../../domain/image.ts';
import type { ImageScript } from '../../domain/image-config/system.ts';
import type { ArtifactPorts } from './making.ts';
import { IN, type StepInput, WORK } from './steps.ts';
import { storeText, storeUserFile } from './user-files.ts';

/** Folder of the medium, as specs/distrokit-installer/kickstart.sh has it. */
const FOLDER = '/installer/pre-install';
/** File of `WORK`. */
const RUN = 'pre-install.sh';

/** Puts the scripts of a kickstart into the store, in their order. Throws `IMAGE_FILE_OTHER`. */
export async function storePreInstall(
  { installer, scripts }: ImageConfig,
  ports: Pick<ArtifactPorts, 'store'>,
  signal: AbortSignal,
): Promise<readonly FileDigest[]> {
  if (installer?.kickstart !== true) return [];
  const digests: FileDigest[] = [];
  for (const { content } of scripts.preInstall) {
    const digest =
      'path' in content
        ? await storeUserFile(content.path, content.sha256, ports, signal)
        : await storeText(content.text, ports, signal);
    digests.push(digest);
  }
  return digests;
}

/** The scripts of a kickstart on its medium, and what runs them; `digests` are what they say. */
export function planPreInstall(scripts: readonly ImageScript[], digests: readonly FileDigest[]) {
  if (digests.length === 0) return { inputs: [], texts: {}, files: [] };
  const inputs = digests.map((digest, index): StepInput => ({ name: `pre-install.${index + 1}`, digest }));
  return {
    inputs,
    texts: { [RUN]: scripts.map((script, index) => callOf(script, index + 1)).join('') },
    files: [
      [`${FOLDER}/run.sh`, `${WORK}/${RUN}`] as const,
      ...inputs.map(({ name }, index) => [`${FOLDER}/${index + 1}`, `${IN}/${name}`] as const),
    ],
  };
}

/** Shell; variables are those of one script only. */
function callOf(
  { name, args, timeoutSeconds, interpreter = '', env = {} }: ImageScript,
  number: number,
): string {
  const words = [name, String(timeoutSeconds), interpreter, ...args].map(quoted);
  return [
    '(',
    ...Object.entries(env).map(([key, value]) => `export ${key}=${quoted(value)}`),
    `run_script ${number} ${words.join(' ')}`,
    ') || return 1',
    '',
  ].join('\n');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
