import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  writeImageLock,
  writePackageList,
  writeProvenance,
} from '../../../toolkit/formats/provenance/index.ts';
import { fakeSha, imageBill } from '../support/bill.ts';

const digest = z.strictObject({ sha256: z.string().regex(/^[0-9a-f]{64}$/) });
const uri = z.string().regex(/^[a-z][a-z0-9+.-]*:/);

/** in-toto Statement v1 with the predicate of SLSA 1.0, as far as ours fills them in. */
const statementSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(z.strictObject({ name: z.string().min(1), digest })).min(1),
  predicateType: z.literal('https://slsa.dev/provenance/v1'),
  predicate: z.strictObject({
    buildDefinition: z.strictObject({
      buildType: uri,
      externalParameters: z.record(z.string(), z.unknown()),
      internalParameters: z.record(z.string(), z.unknown()),
      resolvedDependencies: z.array(
        z.strictObject({
          uri: uri.optional(),
          name: z.string().optional(),
          digest,
          annotations: z.record(z.string(), z.unknown()),
        }),
      ),
    }),
    runDetails: z.strictObject({
      builder: z.strictObject({ id: uri, version: z.record(z.string(), z.string()) }),
    }),
  }),
});

const artifacts = [{ name: 'trial-1.0.raw', sha256: fakeSha('raw') }];

describe('writeProvenance', () => {
  const statement = statementSchema.parse(JSON.parse(writeProvenance(imageBill(), artifacts)));
  const { buildDefinition, runDetails } = statement.predicate;

  it('is about the artifacts', () => {
    expect(statement.subject).toEqual([{ name: 'trial-1.0.raw', digest: { sha256: fakeSha('raw') } }]);
  });

  it('says of a file with secrets that its digest is of what else it says', () => {
    const file = { path: 'configs/old.json', sha256: fakeSha('old'), withoutSecrets: true } as const;
    const bill = imageBill();
    const written = { ...bill, config: { ...bill.config, files: [file] } };
    const { predicate } = statementSchema.parse(JSON.parse(writeProvenance(written, artifacts)));
    expect(predicate.buildDefinition.resolvedDependencies[0]).toEqual({
      name: 'configs/old.json',
      digest: { sha256: fakeSha('old') },
      annotations: { kind: 'config', withoutSecrets: true },
    });
    expect(writeImageLock(written)).toContain('"withoutSecrets":true');
  });

  it('lists configuration, packages, specs, sources, boot programs and roots', () => {
    const kinds = buildDefinition.resolvedDependencies.map(({ annotations }) => annotations.kind);
    expect([...new Set(kinds)]).toEqual([
      ...['config', 'package', 'source package', 'spec', 'source', 'boot program', 'root'],
    ]);
    expect(buildDefinition.resolvedDependencies).toContainEqual({
      uri: 'https://example.invalid/gcc.tar.xz',
      name: 'gcc.tar.xz',
      digest: { sha256: fakeSha('gcc.tar') },
      annotations: { kind: 'source', of: 'gcc' },
    });
  });

  it("names the builder's version", () => {
    expect(runDetails.builder.version).toEqual({ distrokit: '0.1.0', program: fakeSha('program') });
  });
});

describe('writeImageLock', () => {
  it('pins packages, boot programs and roots by content', () => {
    const lock = JSON.parse(writeImageLock(imageBill()));
    expect(lock.config.sha256).toBe(fakeSha('config'));
    expect(lock.packages[0]).toMatchObject({
      nevra: 'libstdc++-2:14~rc1-1.x86_64',
      file: 'libstdc++-14~rc1-1.x86_64.rpm',
      sha256: fakeSha('libstdc++'),
    });
    expect(lock.boot[1]).toMatchObject({ debian: 'systemd-boot-efi', source: 'systemd 257.1-1~deb13u1' });
    expect(lock.roots.tools.packages).toEqual(imageBill().roots[0]!.packages);
  });

  it('is JSON for an image without packages of its own', () => {
    const bare = imageBill({ packages: [], bootPrograms: [], roots: [] });
    expect(JSON.parse(writeImageLock(bare))).toMatchObject({ packages: [], boot: [], roots: {} });
  });
});

describe('writePackageList', () => {
  it('is one NEVRA a line', () => {
    expect(writePackageList(imageBill())).toBe('libstdc++-2:14~rc1-1.x86_64\nodd_tool-1-1.noarch\n');
  });
});
