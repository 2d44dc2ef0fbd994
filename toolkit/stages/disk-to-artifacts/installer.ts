import type { Step } from '../../domain/image-steps.ts';
import { planInstallation } from '../../domain/installer/plan.ts';
import { IN, type StepInput, WORK } from './steps.ts';
import type { ArtifactsRequest } from './types.ts';

/** Folders of the medium. */
const FOLDER = '/installer';
const PACKAGES = '/RPMS';
/** Boot code at the beginning of a disk. */
const BOOT_CODE_BYTES = 440;

/** What an installer medium has more than a live one. */
export interface InstallerMedium {
  readonly inputs: readonly StepInput[];
  readonly texts: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Paths on the medium, and where their content is in the sandbox. */
  readonly files: readonly (readonly [string, string])[];
}

/**
 * The plan of the installation, the system as an archive, the partitions that are copied as they are, and the
 * packages. The steps expect the image's root file system as `system.tar` in `IN`. Undefined where the image is not installed from a medium. Throws what `planInstallation` throws.
 */
export function planInstallerMedium(request: ArtifactsRequest): InstallerMedium | undefined {
  const { config, disk, installer } = request;
  if (installer === undefined) return undefined;
  if (disk === undefined) throw new Error('an installer is asked for and there is no disk');
  const { text, copied } = planInstallation(config, disk.layout);
  const part = (number: number): string => `${number}.img`;
  const pack = (folder: string, name: string): Step => ({
    argv: ['zstd', '-q', '-9', '-T1', '-o', `${WORK}/${name}.zst`, `${folder}/${name}`],
  });
  const hasBootCode = disk.layout.bios !== undefined;
  const parts = copied.map(({ number }) => part(number));
  return {
    inputs: [
      { name: 'disk.raw', digest: disk.raw },
      ...installer.repository.map(({ path, digest }) => ({ name: inputName(path), digest })),
    ],
    texts: { plan: text },
    steps: [
      ...(hasBootCode ? [copyOut(0, BOOT_CODE_BYTES, 'mbr.img')] : []),
      ...copied.map(({ number, offset, size }) => copyOut(offset, size, part(number))),
      ...parts.map((name) => pack(WORK, name)),
      pack(IN, 'system.tar'),
    ],
    files: [
      [`${FOLDER}/plan`, `${WORK}/plan`],
      ...(hasBootCode ? [[`${FOLDER}/mbr.img`, `${WORK}/mbr.img`] as const] : []),
      ...[...parts, 'system.tar'].map((name) => [`${FOLDER}/${name}.zst`, `${WORK}/${name}.zst`] as const),
      ...installer.repository.map(({ path }) => [`${PACKAGES}/${path}`, `${IN}/${inputName(path)}`] as const),
    ],
  };
}

/** Inputs lie side by side. */
function inputName(path: string): string {
  return `RPMS.${path.replaceAll('/', '.')}`;
}

/** Bytes of the image's disk. */
function copyOut(offset: number, size: number, name: string): Step {
  return {
    argv: [
      ...(['dd', `if=${IN}/disk.raw`, `of=${WORK}/${name}`, 'bs=64K', 'status=none'] as const),
      ...['iflag=skip_bytes,count_bytes', `skip=${offset}`, `count=${size}`],
    ],
  };
}
