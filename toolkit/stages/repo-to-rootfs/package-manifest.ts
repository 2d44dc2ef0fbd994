import type { ComposeFile } from '../../domain/image-job.ts';
import type { RpmPackage } from '../../domain/package.ts';
import { byCodeUnit } from '../../domain/text.ts';

const FOLDER = '/var/lib/rpmmanifest';

/**
 * What an image without an rpm database says of its packages, where scanners of containers look for it: NEVRAs,
 * and a line of ten fields each. `epoch` is the time of installation. Source: the columns are those that Azure
 * Linux's images have, which Trivy reads.
 */
export function packageManifest(packages: readonly RpmPackage[], epoch: number): ComposeFile[] {
  const names = packages.map((one) => `${one.name}-${one.version}-${one.release}.${one.arch}`);
  const lines = packages.map((one) => fieldsOf(one, epoch).join('\t'));
  return [file('container-manifest-1', names), file('container-manifest-2', lines)];
}

function fieldsOf(one: RpmPackage, epoch: number): (string | number)[] {
  const { name, version, release, buildTime, vendor, installedSize, arch, sourceRpm } = one;
  return [
    ...[name, `${version}-${release}`, epoch, buildTime, vendor || '(none)', '(none)'],
    ...[installedSize, arch, one.epoch, sourceRpm],
  ];
}

function file(name: string, lines: readonly string[]): ComposeFile {
  const text = lines
    .toSorted(byCodeUnit)
    .map((line) => `${line}\n`)
    .join('');
  return { path: `${FOLDER}/${name}`, mode: 0o644, content: { text } };
}
