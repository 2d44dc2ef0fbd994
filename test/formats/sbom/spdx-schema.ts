import { z } from 'zod';

/** What of SPDX 2.3 a document of ours may have; anything else is an error. Source: SPDX 2.3, clauses 6 to 11. */
const id = z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/);
const text = z.string().min(1);
const license = text;

const reference = z.strictObject({
  referenceCategory: z.enum(['SECURITY', 'PACKAGE-MANAGER', 'PERSISTENT-ID', 'OTHER']),
  referenceType: z.literal('purl'),
  referenceLocator: z.string().regex(/^pkg:(?:rpm|deb)\//),
});

const spdxPackage = z.strictObject({
  SPDXID: id,
  name: text,
  versionInfo: text,
  packageFileName: text.optional(),
  primaryPackagePurpose: z.enum(['OPERATING_SYSTEM', 'SOURCE']).optional(),
  supplier: z
    .string()
    .regex(/^(?:NOASSERTION|Organization: .+)$/)
    .optional(),
  downloadLocation: z.literal('NOASSERTION'),
  homepage: z.url().optional(),
  filesAnalyzed: z.literal(false),
  checksums: z
    .tuple([
      z.strictObject({
        algorithm: z.literal('SHA256'),
        checksumValue: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    ])
    .optional(),
  sourceInfo: text.optional(),
  licenseConcluded: license,
  licenseDeclared: license,
  copyrightText: text,
  summary: text.optional(),
  comment: text.optional(),
  externalRefs: z.array(reference).optional(),
});

export const spdxSchema = z.strictObject({
  spdxVersion: z.literal('SPDX-2.3'),
  dataLicense: z.literal('CC0-1.0'),
  SPDXID: z.literal('SPDXRef-DOCUMENT'),
  name: text,
  documentNamespace: z.string().regex(/^urn:uuid:[0-9a-f-]{36}$/),
  creationInfo: z.strictObject({
    created: z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    creators: z.array(z.string().regex(/^(?:Tool|Person|Organization): .+/)).min(1),
  }),
  packages: z.array(spdxPackage).min(1),
  hasExtractedLicensingInfos: z
    .array(
      z.strictObject({
        licenseId: z.string().regex(/^LicenseRef-[A-Za-z0-9.-]+$/),
        name: text,
        extractedText: text,
      }),
    )
    .optional(),
  relationships: z.array(
    z.strictObject({
      spdxElementId: id,
      relationshipType: z.enum(['DESCRIBES', 'CONTAINS', 'DEPENDS_ON', 'GENERATED_FROM']),
      relatedSpdxElement: id,
    }),
  ),
});
