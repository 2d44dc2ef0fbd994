import type { Rootfs } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import { imageFile, partitionNumber, planInstallation, systemTitle } from '../../domain/installer/plan.ts';
import { planPreInstall } from './pre-install.ts';
import { IN, type StepInput, WORK } from './steps.ts';
import type { ArtifactsRequest, InstalledSystem } from './types.ts';

/** Folders of the medium. */
const FOLDER = '/installer';
const PACKAGES = '/RPMS';
/** Boot code at the beginning of a disk. */
const BOOT_CODE_BYTES = 440;
/** File of `IN`: the disk of an image. */
const DISK = 'disk.raw';
/** File of `IN`: a disk of the same system with a root that is not encrypted. */
const DECLINED = 'declined.raw';
/** File of `IN`: the system as an archive. */
const SYSTEM = 'system.tar';
/** File of the medium and of `WORK`: the folder and the title of each system, where there are several. */
const SYSTEMS = 'systems';
/** File of `WORK` with what opens an encrypted root that is installed without asking. */
export const PASSPHRASE = 'passphrase';

/** What an installer medium has more than a live one. */
export interface InstallerMedium {
  readonly inputs: readonly StepInput[];
  readonly texts: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** Paths on the medium, and where their content is in the sandbox. */
  readonly files: readonly (readonly [string, string])[];
}

/**
 * What the installer needs on its medium; undefined where nothing installs the image. The steps expect `systemTars` in
 * `IN`. Throws what `planInstallation` throws.
 */
export function planInstallerMedium(request: ArtifactsRequest): InstallerMedium | undefined {
  const { installer } = request;
  if (installer === undefined) return undefined;
  const systems = placedSystems(request);
  const parts = systems.map(planSystem);
  const { passphrase, repository } = installer;
  const scripts = planPreInstall(request.config.scripts.preInstall, request.preInstall ?? []);
  const list = systems.map(({ config, folder }) => `${folder}\t${systemTitle(config)}\n`).join('');
  const isChoice = systems.length > 1;
  return {
    inputs: [
      ...parts.flatMap(({ inputs }) => inputs),
      ...scripts.inputs,
      ...repository.map(({ path, digest }) => ({ name: inputName(path), digest })),
    ],
    texts: Object.assign(
      { ...scripts.texts, ...(isChoice ? { [SYSTEMS]: list } : {}) },
      ...parts.map(({ texts }) => texts),
    ),
    steps: parts.flatMap(({ steps }) => steps),
    files: [
      ...parts.flatMap(({ files }) => files),
      ...(isChoice ? [[`${FOLDER}/${SYSTEMS}`, `${WORK}/${SYSTEMS}`] as const] : []),
      ...scripts.files,
      ...(passphrase === undefined ? [] : [[`${FOLDER}/passphrase`, `${WORK}/${PASSPHRASE}`] as const]),
      ...repository.map(({ path }) => [`${PACKAGES}/${path}`, `${IN}/${inputName(path)}`] as const),
    ],
  };
}

/** Archives of the systems by their names in `IN`; none where nothing is installed. */
export function systemTars(
  request: ArtifactsRequest,
): readonly { readonly name: string; readonly rootfs: Rootfs }[] {
  if (request.installer === undefined) return [];
  return placedSystems(request).map(({ prefix, rootfs }) => ({ name: `${prefix}${SYSTEM}`, rootfs }));
}

interface PlacedSystem extends InstalledSystem {
  /** Below the medium's folder. */
  readonly folder: string;
  /** Of its names in `IN` and `WORK`. */
  readonly prefix: string;
}

/** The first is the image itself. */
function placedSystems({ config, rootfs, disk, installer }: ArtifactsRequest): PlacedSystem[] {
  if (disk === undefined) throw new Error('an installer is asked for and there is no disk');
  const own = { config, rootfs, disk, declined: installer?.declined };
  return [own, ...(installer?.systems ?? [])].map((system, index) => ({
    ...system,
    ...(index === 0 ? { folder: '.', prefix: '' } : { folder: String(index + 1), prefix: `${index + 1}-` }),
  }));
}

function planSystem({ config, disk, declined, folder, prefix }: PlacedSystem): InstallerMedium {
  const { layout } = disk;
  const { text, copied, unpacks } = planInstallation(config, layout, disk.binaries);
  const pack = (from: string, name: string): Step => ({
    argv: ['zstd', '-q', '-9', '-T1', '-o', `${WORK}/${prefix}${name}.zst`, `${from}/${prefix}${name}`],
  });
  const hasBootCode = layout.bios !== undefined;
  const esp = declined?.layout.esp;
  // Where the root is left unencrypted, this is what starts it.
  const plain = esp === undefined ? [] : [`plain-${imageFile(partitionNumber(layout, esp.number - 1))}`];
  const parts = [...copied.map(({ name }) => name), ...plain];
  const copyFrom = (source: string, offset: number, size: number, name: string): Step =>
    copyOut(`${prefix}${source}`, offset, size, `${prefix}${name}`);
  const top = folder === '.' ? FOLDER : `${FOLDER}/${folder}`;
  const file = (name: string) => [`${top}/${name}`, `${WORK}/${prefix}${name}`] as const;
  return {
    inputs: [
      { name: `${prefix}${DISK}`, digest: disk.raw },
      ...(declined === undefined ? [] : [{ name: `${prefix}${DECLINED}`, digest: declined.raw }]),
    ],
    texts: { [`${prefix}plan`]: text },
    steps: [
      ...(hasBootCode ? [copyFrom(DISK, 0, BOOT_CODE_BYTES, 'mbr.img')] : []),
      ...copied.map(({ name, offset, size }) => copyFrom(DISK, offset, size, name)),
      ...plain.map((name) => copyFrom(DECLINED, esp!.offset, esp!.size, name)),
      ...parts.map((name) => pack(WORK, name)),
      ...(unpacks ? [pack(IN, SYSTEM)] : []),
    ],
    files: [
      file('plan'),
      ...(hasBootCode ? [file('mbr.img')] : []),
      ...[...parts, ...(unpacks ? [SYSTEM] : [])].map((name) => file(`${name}.zst`)),
    ],
  };
}

/** Inputs lie side by side. */
function inputName(path: string): string {
  return `RPMS.${path.replaceAll('/', '.')}`;
}

/** Bytes of a disk. */
function copyOut(disk: string, offset: number, size: number, name: string): Step {
  return {
    argv: [
      ...(['dd', `if=${IN}/${disk}`, `of=${WORK}/${name}`, 'bs=64K', 'status=none'] as const),
      ...['iflag=skip_bytes,count_bytes', `skip=${offset}`, `count=${size}`],
    ],
  };
}
