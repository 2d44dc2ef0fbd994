import type { Sha256 } from '../../domain/digest.ts';
import type { ImageBill } from '../../domain/image-bill.ts';
import type { ListedFile } from '../../domain/image-document.ts';
import { debianPurl, rpmPurl, sourceRpmPurl } from '../sbom/index.ts';

interface Material {
  readonly uri?: string;
  readonly name?: string;
  readonly digest: { readonly sha256: Sha256 };
  readonly annotations?: { readonly [name: string]: unknown };
}

const STATEMENT = 'https://in-toto.io/Statement/v1';
const PREDICATE = 'https://slsa.dev/provenance/v1';
const BUILD_TYPE = 'urn:distrokit:build:image:1';
const BUILDER = 'urn:distrokit:builder';

/**
 * How an image came to be, as an in-toto statement with SLSA provenance: the configuration, every installed
 * package, the source packages that they and their build roots were built of with spec and sources, and the
 * roots that all was made in. It tells no times: those are not reproducible. Source: in-toto Statement v1,
 * SLSA 1.0 provenance.
 */
export function writeProvenance(bill: ImageBill, subjects: readonly ListedFile[]): string {
  const { name, version, distro, config, builder } = bill;
  const statement = {
    _type: STATEMENT,
    subject: subjects.map(({ name: file, sha256 }) => ({ name: file, digest: { sha256 } })),
    predicateType: PREDICATE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: {
          config: config.files[0]?.path ?? name,
          configDigest: { sha256: config.sha256 },
          formats: config.formats,
          distro,
        },
        internalParameters: { name, version, epoch: bill.epoch },
        resolvedDependencies: [
          ...config.files.map(({ path, sha256, ...rest }) =>
            material({ name: path }, sha256, { kind: 'config', ...rest }),
          ),
          ...(bill.base === undefined
            ? []
            : [material({ name: bill.base.name }, bill.base.sha256, { kind: 'base image' })]),
          // What has no digest here came with the base image.
          ...bill.packages.flatMap(({ nevra, digest, header, needs }) =>
            digest === undefined
              ? []
              : [
                  material({ uri: rpmPurl(header, distro), name: nevra }, digest.sha256, {
                    kind: 'package',
                    source: header.sourceRpm,
                    needs,
                  }),
                ],
          ),
          ...bill.sources.flatMap((source) => sourceMaterials(source, distro)),
          ...bill.bootPrograms.flatMap(({ file, use, from }) =>
            from.kind === 'package'
              ? []
              : [
                  material({ uri: debianPurl(from.package), name: file }, from.package.sha256, {
                    kind: 'boot program',
                    use,
                    source: `${from.package.source.name} ${from.package.source.version}`,
                  }),
                ],
          ),
          ...bill.roots.flatMap(({ name: root, packages }) =>
            packages.map((one) =>
              material({ uri: debianPurl(one), name: one.name }, one.sha256, { kind: 'root', root }),
            ),
          ),
        ],
      },
      runDetails: {
        builder: { id: BUILDER, version: { distrokit: builder.version, program: builder.program } },
      },
    },
  };
  return `${JSON.stringify(statement, undefined, 1)}\n`;
}

function sourceMaterials({ file, digest, files, name, needs }: ImageBill['sources'][number], distro: string) {
  return [
    material({ uri: sourceRpmPurl(file, distro), name: file }, digest.sha256, {
      kind: 'source package',
      needs,
    }),
    ...files.map((one) =>
      material({ ...(one.url === undefined ? {} : { uri: one.url }), name: one.name }, one.sha256, {
        kind: one.name.endsWith('.spec') ? 'spec' : 'source',
        of: name,
      }),
    ),
  ];
}

function material(
  place: Pick<Material, 'uri' | 'name'>,
  sha256: Sha256,
  annotations: NonNullable<Material['annotations']>,
): Material {
  return { ...place, digest: { sha256 }, annotations };
}
