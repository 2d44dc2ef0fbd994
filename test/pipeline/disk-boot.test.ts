import { describe, expect, it } from 'vitest';
import { openFat } from '../../toolkit/formats/fat/index.ts';
import { memorySource } from '../../toolkit/formats/source.ts';
import { readBoot } from '../../toolkit/pipeline/disk-boot.ts';
import { smallFat } from '../formats/support/fat.ts';
import { smallProgram } from '../formats/support/pe.ts';

const uki = smallProgram({ '.cmdline': Buffer.from('root=here quiet\n\0') });
const loader = smallProgram({ '.text': Buffer.from('code') });
const menu = Buffer.from("menuentry 'a' {\n  linux /vmlinuz root=here 'a;b' quiet\n}\n");

async function bootOf(files: Readonly<Record<string, Uint8Array>>) {
  return await readBoot(await openFat(memorySource(smallFat(files)), 0), Buffer.alloc(512));
}

describe('readBoot', () => {
  it('knows a unified kernel image that the firmware starts', async () => {
    expect(await bootOf({ 'EFI/BOOT/BOOTX64.EFI': uki, 'GRUB/GRUB.CFG': menu })).toEqual({
      ...{ boot: 'uefi', commandLine: 'root=here quiet', loader: undefined },
    });
  });

  it('knows loaders by what they start', async () => {
    const first = { 'EFI/BOOT/BOOTX64.EFI': loader };
    expect(await bootOf({ ...first, 'EFI/LINUX/A.EFI': uki })).toEqual({
      ...{ boot: 'uefi', commandLine: 'root=here quiet', loader: 'grub' },
    });
    expect(await bootOf({ ...first, 'GRUB/GRUB.CFG': menu })).toEqual({
      ...{ boot: 'uefi', commandLine: 'root=here a;b quiet', loader: 'grub' },
    });
    expect(await bootOf({ 'GRUB/GRUB.CFG': menu })).toEqual({
      ...{ boot: 'none', commandLine: 'root=here a;b quiet', loader: undefined },
    });
  });

  it('knows nothing of a disk without an ESP, and of one that does not tell', async () => {
    const unknown = { boot: 'none', commandLine: undefined, loader: undefined };
    expect(await readBoot(undefined, Buffer.alloc(512))).toEqual(unknown);
    expect(await bootOf({ OTHER: menu })).toEqual(unknown);
  });
});
