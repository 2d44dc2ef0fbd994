import { createHash } from 'node:crypto';
import {
  type DiskVerity,
  type ImageDisk,
  type ImagePartition,
  type VerifiedFileSystem,
  type VerityIdentifier,
  verityIdentifiers,
} from './image-config/disk.ts';
import type { ImageIdentity } from './image-identity.ts';
import {
  diskPartitions,
  fileSystemUuid,
  isVerityHash,
  partitionUuid,
  VERITY_ROLES,
  type VerityRole,
  verifiedBy,
  verityRoles,
} from './image-partitions.ts';
import { VERITY_BLOCK, verityGeometry } from './verity.ts';

const SECTOR = 512;

/** Stand in a command line for what depends on the root hash, until that is known; nobody can write them. */
const UNKNOWN_TABLE = 'dm-mod.create="?"';
const UNKNOWN_HASH: Readonly<Record<VerityRole, string>> = {
  root: 'rd.roothash="?"',
  usr: 'rd.usrhash="?"',
};

/** Name of the device that a verified /usr is, as systemd calls it. */
export const USR_NAME = 'usr';

/** Where a verified /usr is when it is open. */
export const USR_DEVICE = `/dev/mapper/${USR_NAME}`;

/** Says that all of it is to be read before it is mounted. */
const VALIDATE: Readonly<Record<VerityRole, string>> = {
  root: 'rd.verity.validate',
  usr: 'rd.verity.validate=usr',
};

type DiskChoice = Parameters<typeof diskPartitions>[0];

/** Folders of the root that a boot may write to. */
export const OVERLAY_PROGRAM = '/usr/lib/distrokit/verity-overlays';

/** Bytes of parity in 255; 0: what is damaged is only found. */
export function parityRoots({ errorCorrection, errorCorrectionRoots }: VerifiedFileSystem): number {
  return errorCorrection ? errorCorrectionRoots : 0;
}

/** What the hash tree of an image's root, or of its /usr, begins with. */
export function verityIdentity(
  identity: ImageIdentity,
  role: VerityRole = 'root',
): { readonly uuid: string; readonly salt: Buffer } {
  return {
    uuid: identity.of(`verity ${role}`),
    salt: createHash('sha256')
      .update(identity.of(`verity salt ${role}`))
      .digest(),
  };
}

/** Whether only an initramfs finds the partitions: a kernel by itself does not look into them. */
export function wantsInitramfs({ dataBy, hashBy }: VerifiedFileSystem): boolean {
  return dataBy === 'uuid' || hashBy === 'uuid';
}

/**
 * What the kernel is told, so that it opens its root itself, or what its initramfs is told. The words of that are
 * systemd's, and only for an initramfs. Source: systemd-veritysetup-generator(8), kernel-command-line(7).
 */
export function verityArguments(
  disk: DiskChoice,
  verity: DiskVerity,
  identity: ImageIdentity,
  hasInitramfs = false,
): string[] {
  const { data, hash } = sourcesOf(disk, verity, identity, 'root');
  const kernel = ['root=/dev/dm-0', 'ro', `dm-mod.waitfor=${data},${hash}`, UNKNOWN_TABLE];
  const initramfs = [`root=/dev/mapper/${verity.name}`, 'ro', ...openedWords(disk, verity, identity, 'root')];
  return [
    ...(hasInitramfs ? initramfs : kernel),
    ...(verity.overlays.length === 0 ? [] : [`init=${OVERLAY_PROGRAM}`]),
  ];
}

/** What an initramfs is told of a verified /usr, in words of the same kind. */
export function usrArguments(disk: DiskChoice, identity: ImageIdentity): string[] {
  const { usrVerity } = disk;
  return usrVerity === undefined ? [] : openedWords(disk, usrVerity, identity, 'usr');
}

function openedWords(
  disk: DiskChoice,
  verity: VerifiedFileSystem,
  identity: ImageIdentity,
  role: VerityRole,
): string[] {
  const { data, hash } = sourcesOf(disk, verity, identity, role);
  return [
    ...[`rd.systemd.verity_${role}_data=${data}`, `rd.systemd.verity_${role}_hash=${hash}`],
    UNKNOWN_HASH[role],
    ...(verity.validateOnBoot ? [VALIDATE[role]] : []),
  ];
}

/** A root, or a /usr, whose hashes are known. */
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
  hashed: VerityRoot,
  role: VerityRole = 'root',
): string {
  const verified = verifiedBy(disk, role);
  if (verified === undefined) return text;
  const sources = sourcesOf(disk, verified, identity, role);
  const words = initramfsWords(verified, sources, hashed, role).join(' ');
  const known = text.replaceAll(UNKNOWN_HASH[role], words);
  if (role === 'usr' || disk.verity === undefined) return known;
  const table = deviceTable(disk.verity, sources, identity, hashed);
  return known.replaceAll(UNKNOWN_TABLE, `dm-mod.create="${table}"`);
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
  verity: VerifiedFileSystem,
  { hash }: VeritySources,
  { rootHash, dataBlocks, signature }: VerityRoot,
  role: VerityRole,
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
    `rd.${role}hash=${rootHash}`,
    ...(options.length === 0 ? [] : [`rd.systemd.verity_${role}_options=${options.join(',')}`]),
  ];
}

/** The partitions, as the kernel and findfs(8) know them. */
interface VeritySources {
  readonly data: string;
  readonly hash: string;
}

/** A root, or a /usr, as a command line of ours opens it. */
export interface OpenedVerity extends VerityRoot, Pick<VerifiedFileSystem, 'dataBy' | 'hashBy'> {
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
    '(?:^| )dm-mod\\.create="(?<name>[^",]+),CRYPT-VERITY-(?<hex>[0-9a-f]{32})-\\k<name>,,ro,0 \\d+ verity 1',
    ' (?<data>PART(?:UUID|LABEL))=\\S+ (?<hash>PART(?:UUID|LABEL))=\\S+',
    ` ${VERITY_BLOCK} ${VERITY_BLOCK} (?<blocks>\\d+) 1 sha256 (?<rootHash>[0-9a-f]{64}) (?<salt>[0-9a-f]+)`,
    '(?: \\d+(?: (?<option>\\w+_corruption))?',
    '(?: use_fec_from_device PART\\S+ fec_roots (?<roots>\\d+) fec_blocks \\d+ fec_start \\d+)?)?',
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
export function parseVerity(
  commandLine: string,
  superblock?: VeritySuperblock,
  role: VerityRole = 'root',
): OpenedVerity | undefined {
  const table = role === 'root' ? parseTable(commandLine) : undefined;
  const found = table ?? (superblock && parseWords(commandLine, superblock, role));
  const hasOverlays = role === 'root' && commandLine.split(' ').includes(`init=${OVERLAY_PROGRAM}`);
  return found && { ...found, hasOverlays };
}

/** How a command line names the partition of a verified /usr, as fstab would; undefined where it names none. */
export function usrSource(commandLine: string): string | undefined {
  return wordAfter(commandLine, 'rd.systemd.verity_usr_data=');
}

type Parsed = Omit<OpenedVerity, 'hasOverlays'>;

const OPTION =
  /^(?:(ignore-corruption|restart-on-corruption|panic-on-corruption)|fec-roots=(\d+)|(root-hash-signature)=.*|fec-device=.*|fec-offset=.*)$/;

function parseWords(commandLine: string, superblock: VeritySuperblock, role: VerityRole): Parsed | undefined {
  const after = (start: string): string | undefined => wordAfter(commandLine, start);
  const name = role === 'usr' ? USR_NAME : after('root=/dev/mapper/');
  const rootHash = after(`rd.${role}hash=`);
  const dataBy = identifierOf(after(`rd.systemd.verity_${role}_data=`));
  const hashBy = identifierOf(after(`rd.systemd.verity_${role}_hash=`));
  const options = (after(`rd.systemd.verity_${role}_options=`) ?? '').split(',').filter(Boolean);
  const found = options.map((option) => OPTION.exec(option));
  if (name === undefined || !/^[0-9a-f]{64}$/.test(rootHash ?? '') || found.includes(null)) return undefined;
  if (dataBy === undefined || hashBy === undefined) return undefined;
  const group = (index: number): string | undefined =>
    found.find((one) => one?.[index] !== undefined)?.[index];
  return {
    ...{ ...superblock, name, rootHash: rootHash!, dataBy, hashBy },
    onCorruption: CORRUPTION[group(1)?.replaceAll('-', '_') ?? '']!,
    parityRoots: Number(group(2) ?? 0),
    signed: group(3) !== undefined,
    validateOnBoot: commandLine.split(' ').includes(VALIDATE[role]),
  };
}

function wordAfter(commandLine: string, start: string): string | undefined {
  return commandLine
    .split(' ')
    .find((word) => word.startsWith(start))
    ?.slice(start.length);
}

function identifierOf(source = ''): VerityIdentifier | undefined {
  const [tag = ''] = source.split('=', 1);
  return verityIdentifiers.find((by) => by === tag.toLowerCase());
}

function parseTable(commandLine: string): Parsed | undefined {
  const groups = CREATE.exec(commandLine)?.groups ?? {};
  const { name, hex = '', data, hash, blocks, rootHash, salt = '', option = '', roots = '0' } = groups;
  const [dataBy, hashBy] = [identifierOf(data), identifierOf(hash)];
  const onCorruption = CORRUPTION[option];
  if (name === undefined || rootHash === undefined || onCorruption === undefined) return undefined;
  if (dataBy === undefined || hashBy === undefined) return undefined;
  return {
    ...{ name, rootHash, onCorruption, dataBlocks: Number(blocks), salt: Buffer.from(salt, 'hex') },
    ...{ dataBy, hashBy },
    ...{ parityRoots: Number(roots), signed: false, validateOnBoot: false },
    uuid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  };
}

const WORD: Readonly<Record<VerityRole, RegExp>> = {
  root: /^(?:root=\/dev\/dm-0|dm-mod\.(?:waitfor|create)=.*|rd\.(?:roothash|systemd\.verity_root_\w+)=.*|rd\.verity\.validate)$/,
  usr: /^(?:rd\.(?:usrhash|systemd\.verity_usr_\w+)=.*|rd\.verity\.validate=usr)$/,
};

/** Whether a word of a command line is there for a dm-verity root, or for such a /usr; without a role, for either. */
export function isVerityWord(word: string, role?: VerityRole): boolean {
  if (role !== 'usr' && word === `init=${OVERLAY_PROGRAM}`) return true;
  return verityRoles.some((one) => (role ?? one) === one && WORD[one].test(word));
}

function sourcesOf(
  disk: DiskChoice,
  { dataBy, hashBy }: VerifiedFileSystem,
  identity: ImageIdentity,
  role: VerityRole,
): VeritySources {
  const partitions = diskPartitions(disk);
  const source = (partition: ImagePartition, by: VerityIdentifier, uuid: string): string => {
    if (by === 'uuid') return `UUID=${uuid}`;
    if (by === 'partlabel') return `PARTLABEL=${partition.name}`;
    const index = partitions.indexOf(partition);
    return `PARTUUID=${partitionUuid({ table: disk.table, partitions }, index, identity)}`;
  };
  const data = partitions.find(({ mount }) => mount === VERITY_ROLES[role].mount);
  const hash = partitions.find((partition) => isVerityHash(partition, role));
  if (data === undefined || hash === undefined) return { data: '', hash: '' };
  return {
    data: source(data, dataBy, fileSystemUuid(data, identity)),
    hash: source(hash, hashBy, verityIdentity(identity, role).uuid),
  };
}

/** The parity lies behind the tree, on the same partition. */
function correctionOptions(
  verity: VerifiedFileSystem,
  dataBlocks: number,
  hash: string,
): (string | number)[] {
  const roots = parityRoots(verity);
  const { fec } = verityGeometry(dataBlocks, roots);
  if (fec === undefined) return [];
  const { covered, start } = fec;
  return [
    ...['use_fec_from_device', hash, 'fec_roots', roots],
    ...['fec_blocks', covered, 'fec_start', start],
  ];
}

function corruptionOptions({ onCorruption }: VerifiedFileSystem): string[] {
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
