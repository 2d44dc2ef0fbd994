import { createHash } from 'node:crypto';
import type { DiskVerity, ImageDisk } from './image-config/disk.ts';
import type { ImageIdentity } from './image-identity.ts';
import { diskPartitions, isVerityHash, partitionUuid } from './image-partitions.ts';
import { VERITY_BLOCK, verityGeometry } from './verity.ts';

const SECTOR = 512;

/** Stand in a command line for what depends on the root hash, until that is known; nobody can write them. */
const UNKNOWN_TABLE = 'dm-mod.create="?"';
const UNKNOWN_HASH = 'rd.roothash="?"';

/** Folders of the root that a boot may write to. */
export const OVERLAY_PROGRAM = '/usr/lib/distrokit/verity-overlays';

/** Bytes of parity in 255; 0: what is damaged is only found. */
export function parityRoots({ errorCorrection, errorCorrectionRoots }: DiskVerity): number {
  return errorCorrection ? errorCorrectionRoots : 0;
}

/** What the hash tree of an image's root begins with. */
export function verityIdentity(identity: ImageIdentity): { readonly uuid: string; readonly salt: Buffer } {
  return {
    uuid: identity.of('verity root'),
    salt: createHash('sha256').update(identity.of('verity salt root')).digest(),
  };
}

/**
 * What the kernel is told, so that it opens its root itself, or what its initramfs is told. The words of that are
 * systemd's, and only for an initramfs. Source: systemd-veritysetup-generator(8), kernel-command-line(7).
 */
export function verityArguments(
  disk: Parameters<typeof diskPartitions>[0],
  verity: DiskVerity,
  identity: ImageIdentity,
  hasInitramfs = false,
): string[] {
  const { data, hash } = sourcesOf(disk, identity);
  const kernel = ['root=/dev/dm-0', 'ro', `dm-mod.waitfor=${data},${hash}`, UNKNOWN_TABLE];
  const initramfs = [
    ...[`root=/dev/mapper/${verity.name}`, 'ro', `rd.systemd.verity_root_data=${data}`],
    ...[`rd.systemd.verity_root_hash=${hash}`, UNKNOWN_HASH],
    ...(verity.validateOnBoot ? ['rd.verity.validate'] : []),
  ];
  return [
    ...(hasInitramfs ? initramfs : kernel),
    ...(verity.overlays.length === 0 ? [] : [`init=${OVERLAY_PROGRAM}`]),
  ];
}

/** A root whose hashes are known. */
export interface VerityRoot {
  readonly rootHash: string;
  readonly dataBlocks: number;
  /** PKCS #7 of the root hash's text, where the kernel is to check one. */
  readonly signature?: Uint8Array | undefined;
}

/**
 * Puts what is known with the root hash where `verityArguments` left a place for it. Source: Linux,
 * Documentation/admin-guide/device-mapper/dm-init.rst and verity.rst.
 */
export function completeVerity(
  text: string,
  disk: ImageDisk,
  identity: ImageIdentity,
  root: VerityRoot,
): string {
  const { verity } = disk;
  if (verity === undefined) return text;
  const sources = sourcesOf(disk, identity);
  return text
    .replaceAll(UNKNOWN_TABLE, `dm-mod.create="${deviceTable(verity, sources, identity, root)}"`)
    .replaceAll(UNKNOWN_HASH, initramfsWords(verity, sources, root).join(' '));
}

/** The root's device as the kernel makes it by itself. */
function deviceTable(
  verity: DiskVerity,
  { data, hash }: VeritySources,
  identity: ImageIdentity,
  { rootHash, dataBlocks }: VerityRoot,
): string {
  const { uuid, salt } = verityIdentity(identity);
  const options = [...corruptionOptions(verity), ...correctionOptions(verity, dataBlocks, hash)];
  const table = [
    ...['0', dataBlocks * (VERITY_BLOCK / SECTOR), 'verity', '1', data, hash, VERITY_BLOCK, VERITY_BLOCK],
    ...[dataBlocks, '1', 'sha256', rootHash, salt.toString('hex')],
    ...(options.length === 0 ? [] : [options.length, ...options]),
  ];
  // As veritysetup calls it: its `status` knows the device then.
  const id = `CRYPT-VERITY-${uuid.replaceAll('-', '')}-${verity.name}`;
  return `${verity.name},${id},,ro,${table.join(' ')}`;
}

/** The same as `veritysetup open` is told; the rest it reads from the superblock. */
function initramfsWords(
  verity: DiskVerity,
  { hash }: VeritySources,
  { rootHash, dataBlocks, signature }: VerityRoot,
): string[] {
  const roots = parityRoots(verity);
  const { fec } = verityGeometry(dataBlocks, roots);
  const options = [
    ...corruptionOptions(verity).map((option) => option.replaceAll('_', '-')),
    ...(fec === undefined
      ? []
      : [`fec-device=${hash}`, `fec-offset=${fec.start * VERITY_BLOCK}`, `fec-roots=${roots}`]),
    ...(signature === undefined
      ? []
      : [`root-hash-signature=base64:${Buffer.from(signature).toString('base64')}`]),
  ];
  return [
    `rd.roothash=${rootHash}`,
    ...(options.length === 0 ? [] : [`rd.systemd.verity_root_options=${options.join(',')}`]),
  ];
}

/** The partitions, as the kernel and findfs(8) know them. */
interface VeritySources {
  readonly data: string;
  readonly hash: string;
}

/** A root as a command line of ours opens it. */
export interface OpenedVerity extends VerityRoot {
  readonly name: string;
  readonly uuid: string;
  readonly salt: Buffer;
  readonly onCorruption: DiskVerity['onCorruption'];
  /** Bytes of parity in 255; 0 for none. */
  readonly parityRoots: number;
  /** Whether folders of it can be written to. */
  readonly hasOverlays: boolean;
  /** Whether an initramfs gives the kernel a signature of the root hash. */
  readonly signed: boolean;
  /** Whether an initramfs reads all of it first. */
  readonly validateOnBoot: boolean;
}

const CREATE = new RegExp(
  [
    '(?:^| )dm-mod\\.create="([^",]+),CRYPT-VERITY-([0-9a-f]{32})-\\1,,ro,0 \\d+ verity 1 PARTUUID=\\S+ PARTUUID=\\S+',
    ` ${VERITY_BLOCK} ${VERITY_BLOCK} (\\d+) 1 sha256 ([0-9a-f]{64}) ([0-9a-f]+)`,
    '(?: \\d+(?: (\\w+_corruption))?(?: use_fec_from_device PARTUUID=\\S+ fec_roots (\\d+) fec_blocks \\d+ fec_start \\d+)?)?',
    '"(?: |$)',
  ].join(''),
);
const CORRUPTION: Readonly<Record<string, DiskVerity['onCorruption']>> = {
  ...{ '': 'io-error', ignore_corruption: 'ignore', restart_on_corruption: 'restart' },
  panic_on_corruption: 'panic',
};

/** What the superblock before the hashes says; an initramfs is not told of it. */
export interface VeritySuperblock {
  readonly uuid: string;
  readonly salt: Buffer;
  readonly dataBlocks: number;
}

/**
 * What `completeVerity` wrote, for the kernel, or for an initramfs where there is a superblock; undefined where there is
 * nothing like it.
 */
export function parseVerity(commandLine: string, superblock?: VeritySuperblock): OpenedVerity | undefined {
  const found = parseTable(commandLine) ?? (superblock && parseWords(commandLine, superblock));
  const hasOverlays = commandLine.split(' ').includes(`init=${OVERLAY_PROGRAM}`);
  return found && { ...found, hasOverlays };
}

type Parsed = Omit<OpenedVerity, 'hasOverlays'>;

const WORDS = new Map<string, string>([
  ['name', 'root=/dev/mapper/'],
  ['rootHash', 'rd.roothash='],
  ['options', 'rd.systemd.verity_root_options='],
]);
const OPTION =
  /^(?:(ignore-corruption|restart-on-corruption|panic-on-corruption)|fec-roots=(\d+)|(root-hash-signature)=.*|fec-device=.*|fec-offset=.*)$/;

function parseWords(commandLine: string, superblock: VeritySuperblock): Parsed | undefined {
  const words = commandLine.split(' ');
  const after = (key: string): string | undefined => {
    const start = WORDS.get(key)!;
    return words.find((word) => word.startsWith(start))?.slice(start.length);
  };
  const [name, rootHash] = [after('name'), after('rootHash')];
  const options = (after('options') ?? '').split(',').filter((option) => option !== '');
  const found = options.map((option) => OPTION.exec(option));
  if (name === undefined || !/^[0-9a-f]{64}$/.test(rootHash ?? '') || found.includes(null)) return undefined;
  const group = (index: number): string | undefined =>
    found.find((one) => one?.[index] !== undefined)?.[index];
  return {
    ...{ ...superblock, name, rootHash: rootHash! },
    onCorruption: CORRUPTION[group(1)?.replaceAll('-', '_') ?? '']!,
    parityRoots: Number(group(2) ?? 0),
    signed: group(3) !== undefined,
    validateOnBoot: words.includes('rd.verity.validate'),
  };
}

function parseTable(commandLine: string): Parsed | undefined {
  const found = CREATE.exec(commandLine) ?? [];
  const [, name, hex = '', blocks, rootHash, salt = '', option = '', roots = '0'] = found;
  const onCorruption = CORRUPTION[option];
  if (name === undefined || rootHash === undefined || onCorruption === undefined) return undefined;
  return {
    ...{ name, rootHash, onCorruption, dataBlocks: Number(blocks), salt: Buffer.from(salt, 'hex') },
    ...{ parityRoots: Number(roots), signed: false, validateOnBoot: false },
    uuid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  };
}

const WORD =
  /^(?:root=\/dev\/dm-0|dm-mod\.(?:waitfor|create)=.*|rd\.(?:roothash|systemd\.verity_root_\w+)=.*|rd\.verity\.validate)$/;

/** Whether a word of a command line is there for a dm-verity root. */
export function isVerityWord(word: string): boolean {
  return WORD.test(word) || word === `init=${OVERLAY_PROGRAM}`;
}

function sourcesOf(disk: Parameters<typeof diskPartitions>[0], identity: ImageIdentity): VeritySources {
  const partitions = diskPartitions(disk);
  const source = (index: number): string =>
    `PARTUUID=${partitionUuid({ table: disk.table, partitions }, index, identity)}`;
  return {
    data: source(partitions.findIndex(({ mount }) => mount === '/')),
    hash: source(partitions.findIndex(isVerityHash)),
  };
}

/** The parity lies behind the tree, on the same partition. */
function correctionOptions(verity: DiskVerity, dataBlocks: number, hash: string): (string | number)[] {
  const roots = parityRoots(verity);
  const { fec } = verityGeometry(dataBlocks, roots);
  if (fec === undefined) return [];
  const { covered, start } = fec;
  return [
    ...['use_fec_from_device', hash, 'fec_roots', roots],
    ...['fec_blocks', covered, 'fec_start', start],
  ];
}

function corruptionOptions({ onCorruption }: DiskVerity): string[] {
  switch (onCorruption) {
    case 'io-error':
      return [];
    case 'ignore':
      return ['ignore_corruption'];
    case 'restart':
      return ['restart_on_corruption'];
    case 'panic':
      return ['panic_on_corruption'];
  }
}
