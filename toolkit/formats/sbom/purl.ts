import { PackageURL } from 'packageurl-js';
import type { DebianPackage } from '../../domain/image-bill.ts';
import type { RpmPackage } from '../../domain/package.ts';
import type { RootPackage } from '../../domain/ports.ts';

/** The package URL of an RPM of a distribution. Source: purl-spec, types/rpm. */
export function rpmPurl(
  header: Pick<RpmPackage, 'name' | 'epoch' | 'version' | 'release' | 'arch' | 'sourceRpm'>,
  distro: string,
): string {
  const { name, epoch, version, release, arch, sourceRpm } = header;
  return new PackageURL('rpm', vendorOf(distro), name, `${version}-${release}`, {
    arch,
    distro,
    ...(epoch === 0 ? {} : { epoch: String(epoch) }),
    ...(sourceRpm === '' ? {} : { upstream: sourceRpm }),
  }).toString();
}

/** The package URL of a source RPM, from its file name. */
export function sourceRpmPurl(file: string, distro: string): string {
  const [, name = file, version = ''] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file) ?? [];
  return new PackageURL('rpm', vendorOf(distro), name, version, { arch: 'src', distro }).toString();
}

/** The package URL of a Debian package. Source: purl-spec, types/deb. */
export function debianPurl(one: RootPackage & Partial<Pick<DebianPackage, 'source'>>): string {
  const { name, version, arch, source } = one;
  return new PackageURL('deb', 'debian', name, version, {
    arch,
    ...(source === undefined ? {} : { upstream: `${source.name}@${source.version}` }),
  }).toString();
}

/** `azurelinux` of `azurelinux-3.0`. */
function vendorOf(distro: string): string {
  return distro.replace(/-[\d.]+$/, '').toLowerCase();
}
