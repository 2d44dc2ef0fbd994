import type { Models } from '@cyclonedx/cyclonedx-library';
import type { BilledPackage, BootProgram, ImageBill } from '../../domain/image-bill.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { billDigest } from './digest.ts';
import { isExpression } from './license.ts';
import { debianPurl, rpmPurl } from './purl.ts';

type Library = typeof import('@cyclonedx/cyclonedx-library');

/**
 * The bill of an image as a CycloneDX 1.6 document (JSON): a component for each package and boot program, and
 * a dependency for each package that meets a require of another. Source: ECMA-424.
 */
export async function writeCycloneDx(bill: ImageBill): Promise<string> {
  // A fifth of a second: only who writes one waits for it.
  const library = await import('@cyclonedx/cyclonedx-library');
  const { Enums, Models, Serialize, Spec } = library;
  const image = new Models.Component(Enums.ComponentType.OperatingSystem, bill.name, {
    version: bill.version,
    bomRef: 'image',
  });
  if (bill.base !== undefined) {
    image.properties.add(new Models.Property('distrokit:base', bill.base.name));
    image.properties.add(new Models.Property('distrokit:base:sha256', bill.base.sha256));
  }
  const tool = new Models.Component(Enums.ComponentType.Application, 'distrokit', {
    version: bill.builder.version,
    bomRef: 'distrokit',
  });
  const packages = new Map(bill.packages.map((one) => [one.nevra, rpmComponent(one, bill, library)]));
  for (const { nevra, needs } of bill.packages) {
    for (const other of needs) packages.get(nevra)!.dependencies.add(packages.get(other)!.bomRef);
  }
  const boots = bill.bootPrograms
    .filter(({ from }) => from.kind === 'root')
    .map((boot) => bootComponent(boot, library));
  const components = [...packages.values(), ...boots];
  for (const { bomRef } of components) image.dependencies.add(bomRef);
  const bom = new Models.Bom({
    serialNumber: `urn:uuid:${imageIdentity(bill).of(`cyclonedx ${billDigest(bill)}`)}`,
    metadata: new Models.Metadata({
      timestamp: new Date(bill.epoch * 1000),
      component: image,
      tools: new Models.Tools({ components: new Models.ComponentRepository([tool]) }),
      lifecycles: new Models.LifecycleRepository([
        new Models.NamedLifecycle('compose', { description: 'what is installed in the image' }),
      ]),
    }),
    components: new Models.ComponentRepository(components),
  });
  const serializer = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 1 })}\n`;
}

function rpmComponent(
  { nevra, file, digest, header, sourceDigest }: BilledPackage,
  { distro, bootPrograms }: ImageBill,
  { Enums, Models }: Library,
): Models.Component {
  const epoch = header.epoch === 0 ? '' : `${header.epoch}:`;
  const facts: [string, string][] = [
    ['distrokit:nevra', nevra],
    ['distrokit:file', file],
    ['distrokit:source', header.sourceRpm],
    ...(sourceDigest === undefined
      ? []
      : ([['distrokit:source:sha256', sourceDigest.sha256]] as [string, string][])),
    ...bootPrograms
      .filter(({ from }) => from.kind === 'package' && from.nevra === nevra)
      .map(({ file: program, use }): [string, string] => ['distrokit:boot', `${use}: ${program}`]),
  ];
  const component = new Models.Component(Enums.ComponentType.Library, header.name, {
    bomRef: nevra,
    version: `${epoch}${header.version}-${header.release}`,
    description: header.summary,
    purl: rpmPurl(header, distro),
    hashes: new Models.HashDictionary(
      digest === undefined ? [] : [[Enums.HashAlgorithm['SHA-256'], digest.sha256]],
    ),
  });
  for (const [name, value] of facts) component.properties.add(new Models.Property(name, value));
  if (header.vendor !== '') component.supplier = new Models.OrganizationalEntity({ name: header.vendor });
  if (header.license !== '') component.licenses.add(license(header.license, Models));
  if (header.url !== '') component.externalReferences.add(website(header.url, { Enums, Models }));
  return component;
}

function bootComponent(boot: BootProgram, { Enums, Models }: Library): Models.Component {
  if (boot.from.kind !== 'root') throw new Error(`${boot.file} is from a package of the image`);
  const { package: debian, license: text } = boot.from;
  const component = new Models.Component(Enums.ComponentType.Firmware, debian.name, {
    bomRef: `boot:${boot.file}`,
    version: debian.version,
    description: `${boot.use}: ${boot.file}`,
    purl: debianPurl(debian),
    hashes: new Models.HashDictionary([[Enums.HashAlgorithm['SHA-256'], debian.sha256]]),
    supplier: new Models.OrganizationalEntity({ name: 'Debian' }),
  });
  const { source } = debian;
  component.properties.add(new Models.Property('distrokit:source', `${source.name} ${source.version}`));
  component.licenses.add(license(text, Models));
  if (debian.homepage !== '') component.externalReferences.add(website(debian.homepage, { Enums, Models }));
  return component;
}

/** A text that is no expression of SPDX's licences is only a name. */
function license(text: string, { LicenseExpression, NamedLicense }: Library['Models']) {
  return isExpression(text) ? new LicenseExpression(text) : new NamedLicense(text);
}

function website(url: string, { Enums, Models }: Pick<Library, 'Enums' | 'Models'>) {
  return new Models.ExternalReference(url, Enums.ExternalReferenceType.Website);
}
