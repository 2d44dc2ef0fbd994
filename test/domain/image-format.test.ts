import { describe, expect, it } from 'vitest';
import { artifactName } from '../../toolkit/domain/image.ts';
import {
  compressionOf,
  defaultFormats,
  holdsDisk,
  type ImageFormat,
  imageFormats,
  wantsKernel,
} from '../../toolkit/domain/image-format.ts';

const image = { name: 'trial', version: '1.0' };

describe('artifactName', () => {
  it.each<[ImageFormat, string]>([
    ['raw', 'trial-1.0.raw'],
    ['tar.gz', 'trial-1.0.tar.gz'],
    ['vmdk', 'trial-1.0.vmdk'],
    ['vmdk-stream', 'trial-1.0-stream.vmdk'],
    ['vhd-dynamic.zst', 'trial-1.0-dynamic.vhd.zst'],
  ])('ends the name of %s with what other programs know it by', (format, name) => {
    expect(artifactName(image, format)).toBe(name);
  });

  it('gives every format a file of its own', () => {
    const names = imageFormats.map((format) => artifactName(image, format));
    expect(new Set(names).size).toBe(imageFormats.length);
  });
});

describe('compressionOf', () => {
  it.each<[ImageFormat, ReturnType<typeof compressionOf>]>([
    ['raw.gz', { of: 'raw', compression: 'gz' }],
    ['vhdx-fixed.xz', { of: 'vhdx-fixed', compression: 'xz' }],
    ['tar.zst', { of: 'tar', compression: 'zst' }],
    ['qcow2-zstd', undefined],
    ['iso', undefined],
  ])('takes %s apart', (format, parts) => {
    expect(compressionOf(format)).toEqual(parts);
  });
});

describe('the image formats', () => {
  it('are known as formats where they are emitted unasked', () => {
    expect(defaultFormats.filter((format) => !imageFormats.includes(format))).toEqual([]);
  });

  it('hold a disk unless they are a root file system alone', () => {
    const formats: ImageFormat[] = ['raw', 'vmdk-stream', 'vdi.xz', 'tar.zst', 'iso'];
    expect(formats.map(holdsDisk)).toEqual([true, true, true, false, false]);
  });

  it('want a kernel unless they are an archive', () => {
    const formats: ImageFormat[] = ['raw', 'raw.gz', 'iso', 'tar.gz'];
    expect(formats.map(wantsKernel)).toEqual([true, true, true, false]);
  });
});
