import type { ImageBill } from '../../domain/image-bill.ts';

/** What an image was made of, one thing a line: to be compared, and to be looked up by content. */
export function writeImageLock(bill: ImageBill): string {
  const { name, version, distro, config, base, builder, commandLine } = bill;
  const packages = bill.packages.map(({ nevra, file, digest, header, sourceDigest }) => ({
    nevra,
    file,
    ...digest,
    source: header.sourceRpm,
    sourceSha256: sourceDigest?.sha256,
  }));
  const boot = bill.bootPrograms.map(({ file, use, from }) =>
    from.kind === 'package'
      ? { file, use, package: from.nevra }
      : {
          file,
          use,
          debian: from.package.name,
          version: from.package.version,
          sha256: from.package.sha256,
          source: `${from.package.source.name} ${from.package.source.version}`,
        },
  );
  const roots = bill.roots.map(({ name: root, key, packages: debian }) =>
    [
      `    ${JSON.stringify(root)}: {`,
      `      "key": ${JSON.stringify(key)},`,
      `      "packages": ${lines(debian, 8)}`,
      '    }',
    ].join('\n'),
  );
  return [
    '{',
    `  "image": ${JSON.stringify({ name, version, distro })},`,
    `  "builder": ${JSON.stringify(builder)},`,
    `  "config": ${JSON.stringify(config)},`,
    ...(base === undefined ? [] : [`  "base": ${JSON.stringify(base)},`]),
    ...(commandLine === undefined ? [] : [`  "commandLine": ${JSON.stringify(commandLine)},`]),
    `  "packages": ${lines(packages, 4)},`,
    `  "boot": ${lines(boot, 4)},`,
    `  "roots": {\n${roots.join(',\n')}\n  }`,
    '}',
    '',
  ].join('\n');
}

function lines(items: readonly object[], indent: number): string {
  if (items.length === 0) return '[]';
  const space = ' '.repeat(indent);
  return `[\n${items.map((one) => `${space}${JSON.stringify(one)}`).join(',\n')}\n${' '.repeat(indent - 2)}]`;
}

/** The installed packages, one NEVRA a line. */
export function writePackageList({ packages }: Pick<ImageBill, 'packages'>): string {
  return packages.map(({ nevra }) => `${nevra}\n`).join('');
}
