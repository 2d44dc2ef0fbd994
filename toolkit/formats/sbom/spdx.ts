import type { BilledPackage, BootProgram, ImageBill } from '../../domain/image-bill.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { billDigest } from './digest.ts';
import { stateLicense } from './license.ts';
import { debianPurl, rpmPurl, sourceRpmPurl } from './purl.ts';

const NONE = 'NOASSERTION';
const DOCUMENT = 'SPDXRef-DOCUMENT';
const IMAGE = 'SPDXRef-Image';

/**
 * The bill of an image as an SPDX 2.3 document (JSON): the image contains its packages and boot programs; a
 * package depends on those that meet its requires, and was generated from its source package.
 * Source: SPDX 2.3, clauses 6, 7, 10 and 11.
 */
export function writeSpdx(bill: ImageBill): string {
  const ids = new Map(bill.packages.map((one) => [one.nevra, elementId('Package', one.nevra)]));
  const boots = bill.bootPrograms.filter(({ from }) => from.kind === 'root');
  const sources = sourcePackages(bill);
  const licenses = new Map<string, string>();
  const stated = (text: string): string => {
    const { expression, references } = stateLicense(text);
    for (const [id, name] of references) licenses.set(id, name);
    return expression;
  };
  const packages = [
    imagePackage(bill),
    ...bill.packages.map((one) => rpmPackage(one, ids.get(one.nevra)!, bill, stated)),
    ...boots.map(bootPackage),
    ...[...sources].map(([file, { id, sha256 }]) => sourcePackage(file, id, sha256, bill)),
  ];
  const relations = [
    relation(DOCUMENT, 'DESCRIBES', IMAGE),
    ...bill.packages.map(({ nevra }) => relation(IMAGE, 'CONTAINS', ids.get(nevra)!)),
    ...boots.map((boot) => relation(IMAGE, 'CONTAINS', bootId(boot))),
    ...bill.packages.flatMap(({ nevra, needs }) =>
      needs.map((other) => relation(ids.get(nevra)!, 'DEPENDS_ON', ids.get(other)!)),
    ),
    ...bill.packages.flatMap(({ nevra, header }) => {
      const source = sources.get(header.sourceRpm);
      return source === undefined ? [] : [relation(ids.get(nevra)!, 'GENERATED_FROM', source.id)];
    }),
  ];
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    name: `${bill.name}-${bill.version}`,
    documentNamespace: `urn:uuid:${imageIdentity(bill).of(`spdx ${billDigest(bill)}`)}`,
    creationInfo: {
      created: new Date(bill.epoch * 1000).toISOString().replace('.000Z', 'Z'),
      creators: [`Tool: distrokit-${bill.builder.version}`],
    },
    packages,
    ...(licenses.size === 0 ? {} : { hasExtractedLicensingInfos: extracted(licenses) }),
    relationships: relations,
  };
  return `${JSON.stringify(document, undefined, 1)}\n`;
}

function relation(from: string, relationshipType: string, to: string) {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}

/** Identifiers have letters, digits, dots and hyphens; any other character is told by its number. */
function elementId(kind: 'Package' | 'Boot' | 'Source', name: string): string {
  const plain = name.replace(/[^A-Za-z0-9.-]/g, (other) => `-${other.charCodeAt(0).toString(16)}`);
  return `SPDXRef-${kind}-${plain}`;
}

function bootId({ file }: BootProgram): string {
  return elementId('Boot', file.slice(1));
}

function imagePackage(bill: ImageBill) {
  return {
    SPDXID: IMAGE,
    name: bill.name,
    versionInfo: bill.version,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    downloadLocation: NONE,
    filesAnalyzed: false,
    copyrightText: NONE,
    licenseConcluded: NONE,
    licenseDeclared: NONE,
    supplier: NONE,
    ...(bill.base === undefined
      ? {}
      : { sourceInfo: `changed from ${bill.base.name}, SHA-256 ${bill.base.sha256}` }),
  };
}

function rpmPackage(
  { nevra, file, digest, header }: BilledPackage,
  id: string,
  { distro, bootPrograms }: ImageBill,
  stated: (text: string) => string,
) {
  const boot = bootPrograms.filter(({ from }) => from.kind === 'package' && from.nevra === nevra);
  const epoch = header.epoch === 0 ? '' : `${header.epoch}:`;
  return {
    SPDXID: id,
    name: header.name,
    versionInfo: `${epoch}${header.version}-${header.release}`,
    packageFileName: file,
    supplier: header.vendor === '' ? NONE : `Organization: ${header.vendor}`,
    downloadLocation: NONE,
    ...(header.url === '' ? {} : { homepage: header.url }),
    filesAnalyzed: false,
    ...(digest === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: digest.sha256 }] }),
    sourceInfo: `built from ${header.sourceRpm}`,
    licenseConcluded: NONE,
    licenseDeclared: stated(header.license),
    copyrightText: NONE,
    summary: header.summary,
    ...(boot.length === 0 ? {} : { comment: boot.map(bootText).join('\n') }),
    externalRefs: [packageUrl(rpmPurl(header, distro))],
  };
}

function bootText({ file, use }: BootProgram): string {
  return `${use}: ${file}`;
}

function bootPackage(boot: BootProgram) {
  if (boot.from.kind !== 'root') throw new Error(`${boot.file} is from a package of the image`);
  const { package: debian, license } = boot.from;
  return {
    SPDXID: bootId(boot),
    name: debian.name,
    versionInfo: debian.version,
    supplier: 'Organization: Debian',
    downloadLocation: NONE,
    ...(debian.homepage === '' ? {} : { homepage: debian.homepage }),
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue: debian.sha256 }],
    sourceInfo: `built from Debian's source package ${debian.source.name} ${debian.source.version}`,
    licenseConcluded: NONE,
    licenseDeclared: license,
    copyrightText: NONE,
    comment: bootText(boot),
    externalRefs: [packageUrl(debianPurl(debian))],
  };
}

function packageUrl(referenceLocator: string) {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator };
}

/** Source packages of what is installed, by file name, sorted. */
function sourcePackages(
  bill: ImageBill,
): ReadonlyMap<string, { readonly id: string; readonly sha256: string | undefined }> {
  const known = new Map(bill.packages.map(({ header, sourceDigest }) => [header.sourceRpm, sourceDigest]));
  known.delete('');
  return new Map(
    [...known]
      .sort(([a], [b]) => byCodeUnit(a, b))
      .map(([file, digest]) => {
        return [file, { id: elementId('Source', file), sha256: digest?.sha256 }];
      }),
  );
}

function sourcePackage(file: string, id: string, sha256: string | undefined, { distro }: ImageBill) {
  const [, name = file, version = ''] = /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file) ?? [];
  return {
    SPDXID: id,
    name,
    versionInfo: version,
    packageFileName: file,
    primaryPackagePurpose: 'SOURCE',
    downloadLocation: NONE,
    filesAnalyzed: false,
    ...(sha256 === undefined ? {} : { checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }] }),
    licenseConcluded: NONE,
    licenseDeclared: NONE,
    copyrightText: NONE,
    externalRefs: [packageUrl(sourceRpmPurl(file, distro))],
  };
}

function extracted(licenses: ReadonlyMap<string, string>) {
  return [...licenses]
    .sort(([a], [b]) => byCodeUnit(a, b))
    .map(([licenseId, name]) => ({
      licenseId,
      name,
      extractedText: `The package calls its licence "${name}"; the text is in the package.`,
    }));
}
