import { describe, expect, it } from 'vitest';
import { artifactName, partitionFileNames } from '../../toolkit/domain/image.ts';
import {
  compressionOf,
  defaultFormats,
  holdsDisk,
  type ImageFormat,
  imageFormats,
  wantsKernel,
} from '../../toolkit/domain/image-format.ts';

const image = { artifactName: 'trial', version: '1.0' };

describe('artifactName', () => {
  it.each<[ImageFormat, string]>([
    ['raw', 'trial-1.0.raw'],
    ['tar.gz', 'trial-1.0.tar.gz'],
    ['vmdk', 'trial-1.0.vmdk'],
    ['vmdk-stream', 'trial-1.0-stream.vmdk'],
    ['oci', 'trial-1.0.oci.tar'],
    ['kernel', 'trial-1.0.vmlinuz'],
    ['ext4.xz', 'trial-1.0.ext4.xz'],
    ['oci-zstd', 'trial-1.0-zstd.oci.tar'],
    ['initrd', 'trial-1.0.initrd.img'],
    ['initrd.xz', 'trial-1.0.initrd.xz'],
    ['raw.tar.gz', 'trial-1.0.raw.tar.gz'],
    ['vhd-dynamic.zst', 'trial-1.0-dynamic.vhd.zst'],
  ])('ends the name of %s with what other programs know it by', (format, name) => {
    expect(artifactName(image, format)).toBe(name);
  });

  it('gives every format a file of its own', () => {
    const names = imageFormats.map((format) => artifactName(image, format));
    expect(new Set(names).size).toBe(imageFormats.length);
  });
});

describe('partitionFileNames', () => {
  it('calls each file by its partition, and by its number where names do not tell', () => {
    const names = ['bios', 'EFI System', 'root', '', 'root'].map((name) => ({ name }));
    expect(partitionFileNames(image, names)).toEqual([
      'trial-1.0.bios.raw',
      'trial-1.0.efi_system.raw',
      'trial-1.0.root3.raw',
      'trial-1.0.4.raw',
      'trial-1.0.root5.raw',
    ]);
  });
});

describe('compressionOf', () => {
  it.each<[ImageFormat, ReturnType<typeof compressionOf>]>([
    ['raw.gz', { of: 'raw', compression: 'gz', inTar: false }],
    ['vhdx-fixed.xz', { of: 'vhdx-fixed', compression: 'xz', inTar: false }],
    ['tar.zst', { of: 'tar', compression: 'zst', inTar: false }],
    ['ext4.tar.gz', { of: 'ext4', compression: 'gz', inTar: true }],
    ['initrd.xz', { of: 'initrd', compression: 'xz', inTar: false }],
    ['qcow2-zstd', undefined],
    ['iso', undefined],
  ])('takes %s apart', (format, parts) => {
    expect(compressionOf(format)).toEqual(parts);
  });
});

describe('the image formats', () => {
  it('are known as formats where they are emitted unasked', () => {
    expect(defaultFormats.filter((format) => !imageFormats.some((known) => known === format))).toEqual([]);
  });

  it('hold a disk unless they are a root file system alone', () => {
    const formats: ImageFormat[] = [
      'raw',
      'vmdk-stream',
      'vdi.xz',
      'tar.zst',
      'iso',
      'raw.tar.gz',
      'initrd.xz',
      'pxe',
      'pxe.tar.gz',
    ];
    expect(formats.filter(holdsDisk)).toEqual(['raw', 'vmdk-stream', 'vdi.xz', 'raw.tar.gz']);
  });

  it('want a kernel where they are to start by themselves', () => {
    const formats: ImageFormat[] = [
      'raw',
      'raw.gz',
      'iso',
      'tar.gz',
      'oci',
      'erofs',
      'iso.gz',
      'pxe',
      'initrd',
    ];
    expect(formats.filter(wantsKernel)).toEqual(['raw', 'raw.gz', 'iso', 'iso.gz', 'pxe']);
  });
});
