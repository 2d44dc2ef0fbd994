import type { OriginalArtifact, OriginalDisk, OriginalPartition } from './disk-schema.ts';
import { type Draft, some } from './draft.ts';
import type { OriginalConfig } from './schema.ts';
import type { OriginalSystem } from './system-schema.ts';

type Path = readonly PropertyKey[];

/** What a partition is to one of the systems. */
interface Setting {
  readonly value: NonNullable<OriginalSystem['PartitionSettings']>[number];
  readonly from: Path;
}

/** Disks with what the system that is built says of their partitions. `at` is where the system stands. */
export function translateDisks(config: OriginalConfig, system: OriginalSystem, at: Path, draft: Draft): void {
  const settings = (system.PartitionSettings ?? []).map((value, index) => ({
    value,
    from: [...at, 'PartitionSettings', index],
  }));
  for (const [index, disk] of (config.Disks ?? []).entries()) {
    const to = index === 0 ? ['disk'] : ['otherDisks', index - 1];
    translateDisk(disk, settings, ['Disks', index], to, draft);
    const isOther = index > 0 && (disk.Artifacts ?? []).length > 0;
    if (isOther) translateArtifacts(disk.Artifacts ?? [], true, ['Disks', index, 'Artifacts'], draft, to);
  }
  const first = config.Disks?.[0];
  const hasDisk = (first?.Partitions ?? []).length > 0;
  translateArtifacts(first?.Artifacts ?? [], hasDisk, ['Disks', 0, 'Artifacts'], draft);
  if (first?.TargetDisk?.Type === 'path') {
    draft.set(['installer', 'target'], first.TargetDisk.Value, ['Disks', 0, 'TargetDisk', 'Value']);
  }
  translateBoot(system, at, hasDisk, draft);
}

function translateDisk(
  disk: OriginalDisk,
  settings: readonly Setting[],
  from: Path,
  to: Path,
  draft: Draft,
): void {
  const table = some(disk.PartitionTableType) ?? (to[0] === 'otherDisks' ? 'gpt' : undefined);
  draft.set(
    [...to, 'table'],
    table,
    disk.PartitionTableType === undefined ? from : [...from, 'PartitionTableType'],
  );
  if (disk.MaxSize !== undefined && disk.MaxSize > 0) {
    draft.set([...to, 'size'], `${disk.MaxSize}M`, [...from, 'MaxSize']);
  }
  for (const [index, partition] of (disk.Partitions ?? []).entries()) {
    const place = [...from, 'Partitions', index];
    const target = [...to, 'partitions', index];
    translatePartition(partition, index, place, target, draft);
    const setting = settings.find(({ value }) => value.ID === partition.ID);
    if (setting !== undefined) translateSetting(setting, target, draft);
  }
  for (const [index, { BinPath, BlockSize, Seek }] of (disk.RawBinaries ?? []).entries()) {
    const place = [...from, 'RawBinaries', index];
    const target = [...to, 'rawBinaries', index];
    draft.set([...target, 'source'], BinPath, [...place, 'BinPath']);
    draft.set([...target, 'blockSize'], BlockSize === 0 ? undefined : BlockSize, [...place, 'BlockSize']);
    draft.set([...target, 'seek'], Seek, [...place, 'Seek']);
  }
}

const FILE_SYSTEMS: Readonly<Record<string, string>> = { 'linux-swap': 'swap' };
const FLAGS: Readonly<Record<string, string>> = { grub: 'bios-grub', bios_grub: 'bios-grub' };

function translatePartition(
  partition: OriginalPartition,
  index: number,
  from: Path,
  to: Path,
  draft: Draft,
): void {
  const set = draft.setter(to, from);
  draft.set([...to, 'id'], some(partition.ID) ?? `partition ${index + 1}`, [...from, 'ID']);
  set('name', some(partition.Name), 'Name');
  set('type', some(partition.Type) ?? some(partition.TypeUUID), partition.Type ? 'Type' : 'TypeUUID');
  const flags = (partition.Flags ?? []).map((flag) => FLAGS[flag] ?? flag);
  if (flags.length > 0) set('flags', [...new Set(flags)], 'Flags');
  const start = partition.Start ?? 0;
  set('start', start === 0 ? '0' : `${start}M`, 'Start');
  if (partition.End) set('end', `${partition.End}M`, 'End');
  else set('size', 'max', 'End');
  const kind = some(partition.FsType);
  set('fileSystem', kind === undefined ? undefined : (FILE_SYSTEMS[kind] ?? kind), 'FsType');
  for (const [number, artifact] of (partition.Artifacts ?? []).entries()) {
    const place = [...from, 'Artifacts', number];
    const target = [...to, 'artifacts', number];
    draft.set([...target, 'name'], some(artifact.Name) ?? String(partition.ID), [...place, 'Name']);
    draft.set([...target, 'format'], formatOf(artifact, true) ?? 'raw', [...place, 'Type']);
  }
}

function translateSetting({ value, from }: Setting, to: Path, draft: Draft): void {
  const set = draft.setter(to, from);
  set('mount', some(value.MountPoint), 'MountPoint');
  set('mountOptions', some(value.MountOptions), 'MountOptions');
  if (some(value.MountPoint) !== undefined) {
    set('mountBy', some(value.MountIdentifier) ?? 'partuuid', 'MountIdentifier');
  }
  set('removeDocs', value.RemoveDocs, 'RemoveDocs');
  set('overlayBase', some(value.OverlayBaseImage), 'OverlayBaseImage');
  set('rdiffBase', some(value.RdiffBaseImage), 'RdiffBaseImage');
}

function translateArtifacts(
  artifacts: readonly OriginalArtifact[],
  hasDisk: boolean,
  from: Path,
  draft: Draft,
  to: Path = [],
): void {
  const [first] = artifacts;
  if (first === undefined) return;
  draft.set([...to, to.length === 0 ? 'artifactName' : 'name'], some(first.Name), [...from, 0, 'Name']);
  let formats = 0;
  let others = 0;
  for (const [index, artifact] of artifacts.entries()) {
    const place = [...from, index, artifact.Type ? 'Type' : 'Compression'];
    const format = formatOf(artifact, hasDisk);
    if (format === undefined) continue;
    if (some(artifact.Name) === some(first.Name)) {
      draft.set([...to, 'formats', formats], format, place);
      formats += 1;
      continue;
    }
    draft.set([...to, 'otherArtifacts', others, 'name'], artifact.Name, [...from, index, 'Name']);
    draft.set([...to, 'otherArtifacts', others, 'format'], format, place);
    others += 1;
  }
}

/**
 * Our name of a format: what it is, and how it is compressed then. What is only compressed is a disk or partition;
 * without one, the root file system, which nothing but tar can hold.
 */
function formatOf({ Type, Compression }: OriginalArtifact, isDisk: boolean): string | undefined {
  const [type, compression] = [some(Type), some(Compression)];
  if (type === undefined) {
    const isTar = compression?.startsWith('tar.') === true && !isDisk;
    return compression === undefined || isTar ? compression : `raw.${compression}`;
  }
  return compression === undefined ? type : `${type}.${compression}`;
}

const BOOT: Readonly<Record<string, string>> = { efi: 'uefi', legacy: 'bios', none: 'none' };

function translateBoot(system: OriginalSystem, at: Path, hasPartitions: boolean, draft: Draft): void {
  const boot = BOOT[system.BootType ?? ''] ?? (hasPartitions ? 'none' : undefined);
  draft.set(['disk', 'boot'], boot, [...at, 'BootType']);
  // Its default is true: to say so asks for no more than to leave it out.
  const mkconfig = system.EnableGrubMkconfig === true ? undefined : system.EnableGrubMkconfig;
  draft.set(['disk', 'grubMkconfig'], mkconfig, [...at, 'EnableGrubMkconfig']);
  if (system.Encryption?.Enable) {
    draft.set(['disk', 'encryption', 'type'], 'luks1', [...at, 'Encryption', 'Enable']);
  }
  const verity = system.ReadOnlyVerityRoot;
  if (!verity?.Enable) return;
  const from = [...at, 'ReadOnlyVerityRoot'];
  const set = draft.setter(['disk', 'verity'], from);
  set('name', some(verity.Name) ?? 'verity_root_fs', 'Name');
  set('errorCorrection', verity.ErrorCorrectionEnable ?? true, 'ErrorCorrectionEnable');
  set('errorCorrectionRoots', verity.ErrorCorrectionEncodingRoots, 'ErrorCorrectionEncodingRoots');
  set('signed', verity.RootHashSignatureEnable, 'RootHashSignatureEnable');
  set('onCorruption', some(verity.VerityErrorBehavior), 'VerityErrorBehavior');
  set('validateOnBoot', verity.ValidateOnBoot, 'ValidateOnBoot');
  set('overlays', verity.TmpfsOverlays, 'TmpfsOverlays');
  set('overlaySize', verity.TmpfsOverlaySize, 'TmpfsOverlaySize');
  set('overlayDebug', verity.TmpfsOverlayDebugEnabled, 'TmpfsOverlayDebugEnabled');
}
