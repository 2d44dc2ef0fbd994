import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { FatEntry } from '../../../toolkit/formats/fat/index.ts';
import { efiMembers } from '../../../toolkit/stages/disk-to-artifacts/efi-tar.ts';

const UUID = 'b9f59ced-d1a6-44a7-91d9-4d623a39b032';

function entry(path: string): FatEntry {
  const bytes = Buffer.from(path);
  return { path, isDirectory: !path.includes('.'), size: bytes.length, mtime: 0, content: async () => bytes };
}

const ESP = ['EFI', 'EFI/BOOT/BOOTX64.EFI', 'EFI/Linux/trial-1.0.efi', 'loader/loader.conf'].map(entry);

describe('efiMembers', () => {
  it('tells loaders from unified kernel images, and where each is to be put back', async () => {
    const members = await efiMembers(ESP, 'systemd-boot', UUID);
    expect(members.map(({ path }) => path)).toEqual([
      'bootloader/BOOTX64.EFI',
      'ukis/trial-1.0.efi',
      'inject-files.yaml',
    ]);
    expect(Buffer.from(members[0]!.bytes).toString()).toBe('EFI/BOOT/BOOTX64.EFI');
    const partition = { idType: 'part-uuid', id: UUID };
    expect(parse(Buffer.from(members[2]!.bytes).toString())).toEqual({
      injectFiles: [
        {
          ...{ partition, destination: '/EFI/BOOT/BOOTX64.EFI' },
          ...{ source: './bootloader/BOOTX64.EFI', type: 'bootloader' },
        },
        {
          ...{ partition, destination: '/EFI/Linux/trial-1.0.efi' },
          ...{ source: './ukis/trial-1.0.efi', type: 'ukis' },
        },
      ],
      previewFeatures: ['inject-files'],
    });
  });

  it('knows that the firmware may start a unified kernel image itself', async () => {
    const [first] = await efiMembers([entry('EFI/BOOT/BOOTX64.EFI')], 'uki', UUID);
    expect(first!.path).toBe('ukis/BOOTX64.EFI');
  });
});
