import type { Step } from '../../domain/image-steps.ts';
import { planInstallation } from '../../domain/installer/plan.ts';
import { IN, type StepInput, WORK } from './steps.ts';
import type { ArtifactsRequest } from './types.ts';

/** Folders of the medium. */
const FOLDER = '/installer';
const PACKAGES = '/RPMS';
/** Boot code at the beginning of a disk. */
const BOOT_CODE_BYTES = 440;
/** File of `IN`: a disk of the same system with a root that is not encrypted. */
const DECLINED = 'declined.raw';

/** What an installer medium has more than a live one. */
export interface InstallerMedium {
  readonly inputs: readonly StepInput[];
  readonly texts: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Paths on the medium, and where their content is in the sandbox. */
  readonly files: readonly (readonly [string, string])[];
}

/** File of `IN`: the system as an archive. */
const SYSTEM = 'system.tar';
/** File of `WORK` with what opens an encrypted root that is installed without asking. */
export const PASSPHRASE = 'passphrase';

/**
 * What the installer needs on its medium; undefined where nothing installs the image. The steps expect the image's root
 * file system as `system.tar` in `IN`. Throws what `planInstallation` throws.
 */
export function planInstallerMedium(request: ArtifactsRequest): InstallerMedium | undefined {
  const { config, disk, installer } = request;
  if (installer === undefined) return undefined;
  if (disk === undefined) throw new Error('an installer is asked for and there is no disk');
  const { text, copied, unpacks } = planInstallation(config, disk.layout);
  const part = (number: number): string => `${number}.img`;
  const pack = (folder: string, name: string): Step => ({
    argv: ['zstd', '-q', '-9', '-T1', '-o', `${WORK}/${name}.zst`, `${folder}/${name}`],
  });
  const hasBootCode = disk.layout.bios !== undefined;
  const { declined, passphrase, repository } = installer;
  const esp = declined?.layout.esp;
  // Where the root is left unencrypted, this is what starts it.
  const plain = esp === undefined ? [] : [`plain-${part(esp.number)}`];
  const parts = [...copied.map(({ number }) => part(number)), ...plain];
  const fromDisk = (offset: number, size: number, name: string): Step =>
    copyOut('disk.raw', offset, size, name);
  return {
    inputs: [
      { name: 'disk.raw', digest: disk.raw },
      ...(declined === undefined ? [] : [{ name: DECLINED, digest: declined.raw }]),
      ...repository.map(({ path, digest }) => ({ name: inputName(path), digest })),
    ],
    texts: { plan: text },
    steps: [
      ...(hasBootCode ? [fromDisk(0, BOOT_CODE_BYTES, 'mbr.img')] : []),
      ...copied.map(({ number, offset, size }) => fromDisk(offset, size, part(number))),
      ...plain.map((name) => copyOut(DECLINED, esp!.offset, esp!.size, name)),
      ...parts.map((name) => pack(WORK, name)),
      ...(unpacks ? [pack(IN, SYSTEM)] : []),
    ],
    files: [
      [`${FOLDER}/plan`, `${WORK}/plan`],
      ...(hasBootCode ? [[`${FOLDER}/mbr.img`, `${WORK}/mbr.img`] as const] : []),
      ...[...parts, ...(unpacks ? [SYSTEM] : [])].map(
        (name) => [`${FOLDER}/${name}.zst`, `${WORK}/${name}.zst`] as const,
      ),
      ...(passphrase === undefined ? [] : [[`${FOLDER}/passphrase`, `${WORK}/${PASSPHRASE}`] as const]),
      ...repository.map(({ path }) => [`${PACKAGES}/${path}`, `${IN}/${inputName(path)}`] as const),
    ],
  };
}

/** Inputs lie side by side. */
function inputName(path: string): string {
  return `RPMS.${path.replaceAll('/', '.')}`;
}

/** Bytes of the image's disk. */
function copyOut(disk: string, offset: number, size: number, name: string): Step {
  return {
    argv: [
      ...(['dd', `if=${IN}/${disk}`, `of=${WORK}/${name}`, 'bs=64K', 'status=none'] as const),
      ...['iflag=skip_bytes,count_bytes', `skip=${offset}`, `count=${size}`],
    ],
  };
}
