import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Ajv, type AnySchema } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { debianPurl, rpmPurl, writeCycloneDx, writeSpdx } from '../../../toolkit/formats/sbom/index.ts';
import { billed, imageBill } from '../support/bill.ts';
import { spdxSchema } from './spdx-schema.ts';

/** Where the library keeps the schemas that CycloneDX has published. */
const SCHEMAS = join(
  dirname(createRequire(import.meta.url).resolve('@cyclonedx/cyclonedx-library/package.json')),
  'res/schema',
);

/** `others` are schemas that it refers to, by the names that it uses. */
function validator(schema: AnySchema, others: Readonly<Record<string, AnySchema>> = {}) {
  const ajv = new Ajv({ strict: false, formats: { 'iri-reference': true, 'idn-email': true } });
  addFormats.default(ajv);
  for (const [name, other] of Object.entries(others)) ajv.addSchema(other, name);
  const validate = ajv.compile(schema);
  return (document: unknown) => (validate(document) === true ? [] : validate.errors);
}

function readSchema(path: string): AnySchema {
  return JSON.parse(readFileSync(path, 'utf8')) as AnySchema;
}

describe('writeCycloneDx', () => {
  const schema = (name: string) => readSchema(join(SCHEMAS, `${name}.SNAPSHOT.schema.json`));
  const others = ['spdx', 'jsf-0.82'].map((name) => [
    `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`,
    schema(name),
  ]);
  const check = validator(schema('bom-1.6'), Object.fromEntries(others));
  const write = async (bill = imageBill()) => JSON.parse(await writeCycloneDx(bill));

  it('holds to the published schema', async () => {
    const document = await write();
    expect(check(document)).toEqual([]);
    // The judge judges.
    expect(check({ ...document, bomFormat: 'other' })).not.toEqual([]);
    expect(check({ ...document, components: [{ type: 'spoon', name: 'x' }] })).not.toEqual([]);
  });

  it('names each package with its digest, licence, source and what it needs', async () => {
    const { components, dependencies } = await write();
    const library = components.find((one: { name: string }) => one.name === 'libstdc++');
    expect(library).toMatchObject({
      'bom-ref': 'libstdc++-2:14~rc1-1.x86_64',
      version: '2:14~rc1-1',
      licenses: [{ expression: 'GPL-3.0-or-later WITH GCC-exception-3.1 AND LicenseRef-Public-Domain' }],
      hashes: [{ alg: 'SHA-256' }],
    });
    expect(library.purl).toContain('pkg:rpm/somelinux/libstdc%2B%2B@14~rc1-1?');
    expect(library.properties).toContainEqual({
      name: 'distrokit:source',
      value: 'libstdc++-1.0-1.src.rpm',
    });
    expect(dependencies).toContainEqual({
      ref: 'odd_tool-1-1.noarch',
      dependsOn: ['libstdc++-2:14~rc1-1.x86_64'],
    });
  });

  it('states a licence that SPDX does not know by its name', async () => {
    const { components } = await write();
    const odd = components.find((one: { name: string }) => one.name === 'odd_tool');
    expect(odd.licenses).toEqual([{ license: { name: 'GPLv2+ and BSD' } }]);
  });

  it('names boot programs that are from no package of the image', async () => {
    const { components } = await write();
    const boot = components.filter(({ type }: { type: string }) => type === 'firmware');
    expect(boot).toMatchObject([{ name: 'systemd-boot-efi', version: '257.1-1~deb13u1' }]);
  });
});

describe('writeSpdx', () => {
  const write = (bill = imageBill()) => JSON.parse(writeSpdx(bill));

  it('holds to the clauses of SPDX 2.3', () => {
    expect(z.prettifyError(spdxSchema.safeParse(write()).error ?? new z.ZodError([]))).toBe('');
    expect(spdxSchema.safeParse({ ...write(), spdxVersion: 'SPDX-2.2' }).success).toBe(false);
  });

  // The schema is not in any package of the registries: whoever has it names it.
  it.skipIf(process.env.SPDX_SCHEMA === undefined)('holds to the published schema', () => {
    const check = validator(readSchema(process.env.SPDX_SCHEMA ?? ''));
    expect(check(write())).toEqual([]);
    expect(check({ ...write(), packages: [{ name: 'x' }] })).not.toEqual([]);
  });

  it('refers only to elements that are there, each once', () => {
    const bill = imageBill();
    // Names that look the same as identifiers.
    const packages = [
      ...bill.packages,
      billed({ name: 'odd-tool', version: '1', release: '1', arch: 'noarch' }),
    ];
    const document = write({ ...bill, packages });
    const ids = ['SPDXRef-DOCUMENT', ...document.packages.map((one: { SPDXID: string }) => one.SPDXID)];
    expect(new Set(ids).size).toBe(ids.length);
    for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
      expect(ids).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
  });

  it('relates packages to what they need and what they are made of', () => {
    const { packages, relationships } = write();
    const idOf = (name: string, source = false) =>
      packages.find(
        (one: { name: string; primaryPackagePurpose?: string }) =>
          one.name === name && (one.primaryPackagePurpose === 'SOURCE') === source,
      ).SPDXID;
    const [library, odd] = [idOf('libstdc++'), idOf('odd_tool')];
    const has = (spdxElementId: string, relationshipType: string, relatedSpdxElement: string) =>
      expect(relationships).toContainEqual({ spdxElementId, relationshipType, relatedSpdxElement });
    has(odd, 'DEPENDS_ON', library);
    has('SPDXRef-Image', 'CONTAINS', library);
    has('SPDXRef-Image', 'CONTAINS', idOf('systemd-boot-efi'));
    has(library, 'GENERATED_FROM', idOf('libstdc++', true));
  });

  it('says what licences are that the list does not have', () => {
    const { hasExtractedLicensingInfos: infos, packages } = write();
    const ids = infos.map(({ licenseId }: { licenseId: string }) => licenseId);
    expect(ids).toEqual(['LicenseRef-GPLv2-and-BSD', 'LicenseRef-Public-Domain']);
    const odd = packages.find((one: { name: string }) => one.name === 'odd_tool');
    expect(odd.licenseDeclared).toBe('LicenseRef-GPLv2-and-BSD');
  });

  it('has another name when it says something else, and the same when not', () => {
    const { documentNamespace } = write();
    expect(write().documentNamespace).toBe(documentNamespace);
    const fewer = imageBill({ packages: imageBill().packages.slice(0, 1) });
    expect(write(fewer).documentNamespace).not.toBe(documentNamespace);
  });
});

describe('package URLs', () => {
  const nevra = { name: 'zlib', epoch: 0, version: '1.3', release: '1', arch: 'x86_64' };

  it('name distribution, architecture and source', () => {
    expect(rpmPurl({ ...nevra, sourceRpm: 'zlib-1.3-1.src.rpm' }, 'distrokit')).toBe(
      'pkg:rpm/distrokit/zlib@1.3-1?arch=x86_64&distro=distrokit&upstream=zlib-1.3-1.src.rpm',
    );
    expect(rpmPurl({ ...nevra, epoch: 1, sourceRpm: '' }, 'azurelinux-3.0')).toBe(
      'pkg:rpm/azurelinux/zlib@1.3-1?arch=x86_64&distro=azurelinux-3.0&epoch=1',
    );
    expect(debianPurl({ name: 'rpm', version: '1:4.20-1', arch: 'amd64', sha256: '' })).toBe(
      'pkg:deb/debian/rpm@1:4.20-1?arch=amd64',
    );
  });
});
