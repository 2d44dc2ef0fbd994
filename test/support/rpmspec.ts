import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ports, Root } from '../../toolkit/domain/ports.ts';
import type { SpecScan } from '../../toolkit/domain/spec.ts';
import type { SpecScanRequest } from '../../toolkit/domain/spec-scanner.ts';
import { targetDefines } from '../../toolkit/domain/target.ts';

/** The fields of a scan as one text each, from whoever tells them. */
export type Fields = Readonly<Record<string, readonly string[]>>;

const NEVRA = '%{NAME} %{EPOCHNUM} %{VERSION} %{RELEASE} %{ARCH}';
const list = (key: string, tag: string) => `[${key}\t%{${tag}}\\n]`;
const SOURCE = [
  `source\t${NEVRA}\\n`,
  ...[list('buildRequires', 'REQUIRENEVRS'), list('exclusiveArch', 'EXCLUSIVEARCH')],
  ...[list('excludeArch', 'EXCLUDEARCH'), list('source file', 'SOURCE'), list('patch file', 'PATCH')],
].join('');
const PACKAGE = [
  `package\t${NEVRA}\\n`,
  ...[
    list('provides', 'PROVIDENEVRS'),
    list('requires', 'REQUIRENEVRS'),
    list('recommends', 'RECOMMENDNEVRS'),
  ],
  ...[list('obsoletes', 'OBSOLETENEVRS'), list('conflicts', 'CONFLICTNEVRS')],
].join('');

/** Asks rpmspec of $2, a spec, answers into files called $1; the rest are its options. */
const ASK = `set -u
at=/answers/$1 spec=$2; shift 2
folder=\${spec%/*}
cd "$folder"
set -- "$@" --define "_sourcedir $folder" --define "_specdir $folder"
rpmspec -q --srpm --qf '${SOURCE}' "$@" "$spec" >$at.source 2>$at.messages
rpmspec -q --builtrpms --qf '${PACKAGE}' "$@" "$spec" >$at.packages 2>/dev/null
rpmspec -P "$@" "$spec" >$at.text 2>/dev/null
exit 0
`;
const ASK_ALL = `mkdir -p /build; cat >/build/ask
xargs -a /answers/specs -d '\\n' -P 2 -I {} bash -c '
  line=$1; shift; exec bash /build/ask "\${line%% *}" "/specs/\${line#* }" "$@"' ask {} "$@"
`;

/**
 * What stock rpmspec of a root says of specs: for each of them three processes, which ask of the source
 * package, of the binary packages and for the text with all macros expanded.
 */
export async function askRpmspec(
  host: Pick<Ports, 'roots'>,
  root: Root,
  request: Pick<SpecScanRequest, 'folder' | 'target' | 'defines'>,
  specs: readonly string[],
  versions: ReadonlyMap<string, string>,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Fields>> {
  const { folder, target, defines } = request;
  await using scratch = await host.roots.scratch('answers');
  await writeFile(join(scratch.path, 'specs'), specs.map((spec, at) => `${at} ${spec}\n`).join(''));
  await writeFile(
    join(scratch.path, 'versions'),
    [...versions].map(([name, body]) => `%${name} ${body}\n`).join(''),
  );
  const options = [
    ...['--target', target.arch, '--load', '/answers/versions'],
    ...targetDefines({ ...target, macros: [...target.macros, ...defines] }),
  ];
  const result = await host.roots.run(
    root,
    {
      argv: ['/bin/bash', '-c', ASK_ALL, 'ask', ...options],
      env: { HOME: '/nonexistent' },
      stdin: ASK,
      binds: [
        { source: folder, target: '/specs', writable: false },
        { source: scratch.path, target: '/answers', writable: true },
      ],
    },
    signal,
  );
  if (result.exitCode !== 0) throw new Error(`rpmspec was not asked: ${result.stderr}`);
  const answers = new Map<string, Fields>();
  for (const [at, spec] of specs.entries()) {
    const [source, packages, text] = await Promise.all(
      ['source', 'packages', 'text'].map((kind) =>
        readFile(join(scratch.path, `${at}.${kind}`), 'latin1').catch(() => ''),
      ),
    );
    answers.set(spec, toFields(source!, packages!, text!));
  }
  return answers;
}

function toFields(source: string, packages: string, text: string): Fields {
  const fields: Record<string, string[]> = {};
  for (const line of source.split('\n')) put(fields, line);
  const mainName = (fields.source?.[0] ?? '').split(' ')[0]!;
  const parts = textParts(text, mainName);
  for (const part of packages.split(/^(?=package\t)/m)) {
    const [head = '', ...lines] = part.split('\n');
    const name = head.split(/[\t ]/)[1] ?? '';
    if (name === '') continue;
    put(fields, head);
    for (const line of lines) put(fields, line, `${name} `);
    fields[`${name} files`] = parts.files.get(name) ?? [];
  }
  for (const kind of ['source', 'patch']) {
    const pattern = new RegExp(`^\\s*${kind}\\d*\\s*:\\s*(\\S+)`, 'i');
    fields[`${kind} url`] = [
      ...parts.preamble.flatMap((line) => pattern.exec(line)?.[1] ?? []),
      ...(parts.lists.get(`%${kind}list`) ?? []),
    ];
  }
  fields.hasCheck = [String(parts.sections.has('%check'))];
  fields.hasGenerateBuildRequires = [String(parts.sections.has('%generate_buildrequires'))];
  return normalized(fields);
}

function put(fields: Record<string, string[]>, line: string, prefix = ''): void {
  const [key = '', value] = line.split('\t');
  if (value === undefined) return;
  const known = fields[`${prefix}${key}`];
  if (known === undefined) fields[`${prefix}${key}`] = [value];
  else known.push(value);
}

const SECTION =
  /^%(?:package|description|prep|generate_buildrequires|build|install|check|clean|files|changelog|sepolicy|sourcelist|patchlist|(?:pre|post)(?:un)?(?:trans)?|trigger\w*|(?:trans)?filetrigger\w*|verify|verifyscript)(?=\s|$)/i;

interface TextParts {
  readonly preamble: readonly string[];
  readonly sections: ReadonlySet<string>;
  readonly files: ReadonlyMap<string, string[]>;
  readonly lists: ReadonlyMap<string, string[]>;
}

/** What the text of a spec with all macros expanded says, read by its lines. */
function textParts(text: string, mainName: string): TextParts {
  const parts = {
    preamble: [] as string[],
    sections: new Set<string>(),
    files: new Map<string, string[]>(),
    lists: new Map<string, string[]>(),
  };
  let section = '%package';
  let paths: string[] = [];
  for (const line of text.split('\n')) {
    const start = SECTION.exec(line)?.[0].toLowerCase();
    if (start !== undefined) {
      section = start;
      parts.sections.add(section);
      if (section !== '%files') continue;
      const name = packageOf(line, mainName);
      paths = parts.files.get(name) ?? [];
      parts.files.set(name, paths);
    } else if (section === '%files') paths.push(...filesOfLine(line));
    else if (section === '%package') parts.preamble.push(line);
    else if (/^%(?:source|patch)list$/.test(section) && /^\s*[^#\s]/.test(line)) {
      parts.lists.set(section, [...(parts.lists.get(section) ?? []), line.trim()]);
    }
  }
  return parts;
}

function packageOf(line: string, mainName: string): string {
  const words = line.trim().split(/\s+/).slice(1);
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === '-n') return words[at + 1] ?? '';
    if (words[at] === '-f') at += 1;
    else if (!words[at]!.startsWith('-')) return `${mainName}-${words[at]}`;
  }
  return mainName;
}

function filesOfLine(line: string): string[] {
  if (line.trimStart().startsWith('#')) return [];
  const plain = line.replaceAll(/%(?:attr|defattr|config|verify|lang|caps|dev)\s*\([^)]*\)/g, ' ');
  const words = [...plain.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]!);
  const end = words.findIndex((word) => word === '%exclude' || word.startsWith('%docdir'));
  return (end < 0 ? words : words.slice(0, end)).filter((word) => word.startsWith('/'));
}

/** The same fields of a scan by the toolkit. */
export function fieldsOf(scan: SpecScan): Fields {
  const nevra = (one: SpecScan['source']) =>
    `${one.name} ${one.epoch} ${one.version} ${one.release} ${one.arch}`;
  const { source, buildRequires, exclusiveArch, excludeArch, sources, patches, packages } = scan;
  const fields: Record<string, readonly string[]> = {
    ...{ source: [nevra(source)], buildRequires, exclusiveArch, excludeArch },
    ...{ 'source file': sources.map(({ file }) => file), 'source url': sources.map(({ url }) => url) },
    ...{ 'patch file': patches.map(({ file }) => file), 'patch url': patches.map(({ url }) => url) },
    hasCheck: [String(scan.hasCheck)],
    hasGenerateBuildRequires: [String(scan.hasGenerateBuildRequires)],
    package: packages.map(nevra),
  };
  for (const { name, provides, requires, recommends, obsoletes, conflicts, files } of packages) {
    const relations = { provides, requires, recommends, obsoletes, conflicts, files };
    for (const [key, values] of Object.entries(relations)) fields[`${name} ${key}`] = values;
  }
  return normalized(fields);
}

/** No empty fields; sorted where rpmspec has another order, or none. */
function normalized(fields: Readonly<Record<string, readonly string[]>>): Fields {
  const unordered = /^(?:source|patch) (?:file|url)$/;
  const entries = Object.entries(fields).filter(([, values]) => values.length > 0);
  return Object.fromEntries(
    entries.map(([key, values]) => [key, unordered.test(key) ? values.toSorted() : values] as const),
  );
}

/** Fields in which two tell otherwise, as lines for people. */
export function differences(spec: string, ours: Fields, theirs: Fields): string[] {
  const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].sort();
  return keys.flatMap((key) => {
    const [mine = '', other = ''] = [ours[key], theirs[key]].map((values) => JSON.stringify(values ?? []));
    return mine === other ? [] : [`${spec}: ${key}: ${mine} instead of ${other}`];
  });
}
