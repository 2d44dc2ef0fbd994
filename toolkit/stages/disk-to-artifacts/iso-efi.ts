import { EFI_STUB, GRUB_EFI, SYSTEMD_BOOT } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import { roundUp } from '../../domain/round.ts';
import { IN, WORK } from './steps.ts';

const FIRST = '/EFI/BOOT/BOOTX64.EFI';
const UKI = 'uki.efi';
const LOADER = 'loader.efi';
const KIB = 1024;
/** KiB of a FAT file system with GRUB alone. */
const GRUB_KIB = 4096;
/** EFI stub, systemd-boot, signatures, and the tables of the file system. */
const BESIDE_KERNEL = 4 * 1024 * KIB;

/** One of the ways in which a medium starts. */
export interface IsoEntry {
  readonly title: string;
  readonly commandLine: string;
}

export interface IsoEfiRequest {
  /** What the entries have in common, for people. */
  readonly product: string;
  readonly entries: readonly [IsoEntry, ...IsoEntry[]];
  /** What `uname -r` says of the kernel `IN/vmlinuz`. */
  readonly release: string;
  /** Bytes of the kernel and, at most, of its initramfs `WORK/initrd.img`. */
  readonly kernelBytes: number;
  /** Modules of GRUB; its first configuration is `WORK/early.cfg`. */
  readonly modules: readonly string[];
  readonly serial: string;
  readonly epoch: number;
  /** Whether the programs are signed. */
  readonly isSigned: boolean;
}

/** What UEFI starts of a medium: programs first, which may be signed then, and the file system with them after that. */
export interface IsoEfi {
  readonly texts: Readonly<Record<string, string>>;
  readonly programSteps: readonly Step[];
  /** Names in `WORK` of programs to be signed, each into the file that `signedName` calls. */
  readonly signings: readonly string[];
  /** They leave `efi.img` in `WORK`. */
  readonly steps: readonly Step[];
}

export function signedName(program: string): string {
  return `signed-${program}`;
}

/**
 * GRUB, which reads its menu from the medium. Where it is signed, unified kernel images, so that nothing is started which
 * is not signed too: with one entry the firmware starts it, with several systemd-boot shows them, one profile each of the
 * same image.
 */
export function planIsoEfi(request: IsoEfiRequest): IsoEfi {
  const { isSigned, entries, epoch } = request;
  if (!isSigned) {
    const grub: Step = {
      argv: [
        ...(['grub-mkimage', '-O', 'x86_64-efi', '-d', GRUB_EFI, '-p', '/boot/grub'] as const),
        ...['-c', `${WORK}/early.cfg`, '-o', `${WORK}/bootx64.efi`, 'fat', ...request.modules],
      ],
      env: { SOURCE_DATE_EPOCH: String(epoch) },
    };
    const steps = fileSystem(request, GRUB_KIB, [[`${WORK}/bootx64.efi`, FIRST]]);
    return { texts: {}, programSteps: [grub], signings: [], steps };
  }
  const kib = roundUp(request.kernelBytes + BESIDE_KERNEL, 1024 * KIB) / KIB;
  const kernel = unifiedKernel(request);
  const uki = `${WORK}/${signedName(UKI)}`;
  if (entries.length === 1) {
    const steps = fileSystem(request, kib, [[uki, FIRST]]);
    return { ...kernel, signings: [UKI], steps };
  }
  return {
    texts: { ...kernel.texts, 'loader.conf': 'timeout 1\ndefault medium.efi\neditor no\n' },
    programSteps: [...kernel.programSteps, { argv: ['cp', SYSTEMD_BOOT, `${WORK}/${LOADER}`] }],
    signings: [UKI, LOADER],
    steps: fileSystem(request, kib, [
      [`${WORK}/${signedName(LOADER)}`, FIRST],
      [`${WORK}/loader.conf`, '/loader/loader.conf'],
      [uki, '/EFI/Linux/medium.efi'],
    ]),
  };
}

function unifiedKernel({
  product,
  entries,
  release,
  epoch,
}: IsoEfiRequest): Pick<IsoEfi, 'texts' | 'programSteps'> {
  const env = { SOURCE_DATE_EPOCH: String(epoch) };
  const [first, ...others] = entries;
  const build = (...options: readonly string[]): Step => ({ argv: ['ukify', 'build', ...options], env });
  const profileOf = ({ title }: IsoEntry, index: number): string =>
    `--profile=ID=${index}\nTITLE=${title.replace(/\p{Cc}+/gu, ' ')}`;
  const profile = (index: number): string => `${WORK}/profile-${index}.efi`;
  const profiles = others.map(({ title, commandLine }, at) =>
    build(
      profileOf({ title, commandLine }, at + 1),
      `--cmdline=${commandLine}`,
      `--output=${profile(at + 1)}`,
    ),
  );
  const kernel = build(
    `--stub=${EFI_STUB}`,
    `--linux=${IN}/vmlinuz`,
    `--initrd=${WORK}/initrd.img`,
    `--cmdline=${first.commandLine}`,
    `--uname=${release}`,
    `--os-release=@${WORK}/os-release`,
    ...(others.length === 0 ? [] : [profileOf(first, 0)]),
    ...others.map((_, at) => `--join-profile=${profile(at + 1)}`),
    `--output=${WORK}/${UKI}`,
  );
  return {
    // systemd-boot shows none that does not say what it is.
    texts: { 'os-release': `ID=distrokit\nPRETTY_NAME='${product.replaceAll(/['\p{Cc}]/gu, ' ')}'\n` },
    programSteps: [...profiles, kernel],
  };
}

function fileSystem(
  { serial, epoch }: IsoEfiRequest,
  kib: number,
  files: readonly (readonly [from: string, to: string])[],
): Step[] {
  const env = { SOURCE_DATE_EPOCH: String(epoch), TZ: 'UTC', MTOOLS_SKIP_CHECK: '1' };
  const image = `${WORK}/efi.img`;
  const geometry = ['-T', String(kib * 2), '-h', '2', '-s', '32'];
  const above = files.flatMap(([, to]) => foldersAbove(to));
  return [
    { argv: ['truncate', '-s', `${kib}K`, image] },
    { argv: ['mformat', '-i', image, '-N', serial, '-v', 'ESP', ...geometry, '::'], env },
    { argv: ['mmd', '-i', image, ...[...new Set(above)].map((folder) => `::${folder}`)], env },
    ...files.map(([from, to]): Step => ({ argv: ['mcopy', '-i', image, from, `::${to}`], env })),
  ];
}

function foldersAbove(path: string): string[] {
  const names = path.split('/').slice(1, -1);
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}
