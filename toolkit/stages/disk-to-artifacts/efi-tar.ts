import { stringify } from 'yaml';
import { usageError } from '../../domain/errors.ts';
import type { BootLoader } from '../../domain/image-config/disk.ts';
import type { ImageLayout, Volume } from '../../domain/layout.ts';
import { byCodeUnit } from '../../domain/text.ts';
import type { FatEntry } from '../../formats/fat/index.ts';

/** What UEFI starts when nobody told it otherwise. UEFI 2.10, 3.5.1.1. */
const FIRST = 'EFI/BOOT/BOOTX64.EFI';
/** Where each of them is to be put back. */
const LIST = 'inject-files.yaml';

/** A file of the archive. */
export interface EfiMember {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** The partition that UEFI starts from. Throws `IMAGE_FORMAT` where there is none. */
export function espOf(name: string, { esp }: ImageLayout): Volume {
  if (esp !== undefined) return esp;
  throw usageError('IMAGE_FORMAT', `${name}: the disk has nothing that UEFI starts`, {
    hint: "Set disk.boot to uefi or both, or take 'efi.tar' out of the formats.",
  });
}

/**
 * Programs of an ESP by what they are: `ukis/` and `bootloader/`, and a list of where each came from. `partition` is the
 * UUID of the ESP's partition. Source of the list: Image Customizer, configuration, `injectFilesConfig`.
 */
export async function efiMembers(
  files: readonly FatEntry[],
  loader: BootLoader,
  partition: string,
): Promise<readonly EfiMember[]> {
  const programs = files
    .filter(({ path, isDirectory }) => !isDirectory && /^efi\/.*\.efi$/i.test(path))
    .toSorted((a, b) => byCodeUnit(a.path, b.path));
  const members: EfiMember[] = [];
  const injectFiles = [];
  for (const program of programs) {
    const isLoader = program.path.toUpperCase() === FIRST && loader !== 'uki';
    const type = isLoader ? 'bootloader' : 'ukis';
    const path = `${type}/${program.path.slice(program.path.lastIndexOf('/') + 1)}`;
    members.push({ path, bytes: await program.content() });
    injectFiles.push({
      partition: { idType: 'part-uuid', id: partition },
      destination: `/${program.path}`,
      source: `./${path}`,
      type,
    });
  }
  const list = stringify({ injectFiles, previewFeatures: ['inject-files'] }, { lineWidth: 0 });
  return [...members, { path: LIST, bytes: Buffer.from(list) }];
}
