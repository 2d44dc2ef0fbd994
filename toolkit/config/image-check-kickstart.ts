import type { ImageSource } from './image-schema.ts';

type Tell = (path: readonly PropertyKey[], message: string) => void;

const SCRIPTS = ['scripts', 'preInstall'];

/** What does not go with scripts that make the partitions, and they with nothing else. */
export function checkKickstart({ installer, scripts, disk = {} }: ImageSource, tell: Tell): void {
  const hasScripts = (scripts?.preInstall ?? []).length > 0;
  if (installer?.kickstart !== true) {
    if (hasScripts) tell(SCRIPTS, 'they are for a kickstart: say installer.kickstart: true');
    return;
  }
  if (!hasScripts) {
    tell(['installer', 'kickstart'], 'scripts.preInstall are wanted, which write /tmp/part-include');
  }
  if (installer.target !== undefined) {
    tell(['installer', 'target'], 'the scripts of a kickstart choose the disk, by --ondisk: leave it out');
  }
  if (installer.systems !== undefined) {
    tell(['installer', 'systems'], 'only who is asked can choose a system: leave out kickstart');
  }
  if (disk.partitions !== undefined) {
    tell(['disk', 'partitions'], 'the scripts of a kickstart make the partitions: leave them out');
  }
  if (disk.rawBinaries !== undefined) {
    tell(['disk', 'rawBinaries'], 'where they would lie is known only to the scripts of a kickstart');
  }
  if (disk.verity !== undefined) {
    tell(['disk', 'verity'], 'a kickstart makes the root anew, and its hashes would be others');
  }
  if (disk.table === 'mbr') tell(['disk', 'table'], 'a kickstart makes a GPT: leave it out');
}
