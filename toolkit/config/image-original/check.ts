import type { ConfigDocument, ConfigProblem } from '../image-document.ts';
import type { OriginalConfig } from './schema.ts';
import type { OriginalSystem } from './system-schema.ts';

type Path = readonly PropertyKey[];

/** What is wrong between the parts of a configuration, in every system of it. */
export function checkOriginal(config: OriginalConfig, document: ConfigDocument): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const tell = (path: Path, message: string): void => {
    problems.push(document.problemAt(path, message));
  };
  checkDisks(config, tell);
  const defaults = config.SystemConfigs.flatMap(({ IsDefault }, index) => (IsDefault ? [index] : []));
  for (const index of defaults.slice(1)) {
    tell(['SystemConfigs', index, 'IsDefault'], 'another system configuration is the default already');
  }
  for (const [index, system] of config.SystemConfigs.entries()) {
    checkSystem(system, config, (path, message) => tell(['SystemConfigs', index, ...path], message));
  }
  return problems;
}

type Tell = (path: Path, message: string) => void;

function checkDisks({ Disks = [] }: OriginalConfig, tell: Tell): void {
  for (const [index, { MaxSize = 0, Partitions = [], TargetDisk }] of Disks.entries()) {
    if (MaxSize === 0 && Partitions.length > 0 && TargetDisk?.Type !== 'path') {
      tell(['Disks', index], 'a disk with partitions wants a MaxSize, or a TargetDisk of the type path');
    }
  }
}

function checkSystem(system: OriginalSystem, { Disks = [] }: OriginalConfig, tell: Tell): void {
  const partitions = Disks.flatMap((disk) => disk.Partitions ?? []);
  const settings = system.PartitionSettings ?? [];
  let roots = 0;
  for (const [index, { ID = '', MountPoint }] of settings.entries()) {
    const partition = partitions.find((one) => (one.ID ?? '') === ID);
    if (partition === undefined) tell(['PartitionSettings', index, 'ID'], `no disk has a partition '${ID}'`);
    const isMapped = partition?.Flags?.includes('dmroot') === true;
    if (isMapped) roots += 1;
    if (isMapped && roots > 1) tell(['PartitionSettings', index], 'a system has one partition with dmroot');
    if (MountPoint === '/' && system.Encryption?.Enable && partition !== undefined && !isMapped) {
      tell(['Encryption'], `the partition '${ID}' wants the flag dmroot to be encrypted`);
    }
  }
  if (settings.length > 0 && system.KernelOptions?.default === undefined) {
    tell(['KernelOptions'], "a system with partitions wants a kernel: KernelOptions names it as 'default'");
  }
  if (system.IsKickStartBoot && (Disks.length > 0 || settings.length > 0)) {
    tell(
      ['IsKickStartBoot'],
      'a kickstart makes the partitions: Disks and PartitionSettings have no place here',
    );
  }
  if (
    system.Encryption?.Enable &&
    settings.length > 0 &&
    settings.every(({ MountPoint }) => MountPoint !== '/')
  ) {
    tell(['Encryption'], "a partition has to be mounted at '/' to be encrypted");
  }
}
