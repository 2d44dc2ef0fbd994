import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { usageError } from '../domain/errors.ts';
import type { ImageConfig, ImageFile, ImageUser } from '../domain/image.ts';
import { defaultFormats, imageFormats } from '../domain/image-format.ts';
import {
  type ConfigDocument,
  type ConfigProblem,
  checkDocument,
  parseConfigDocument,
  problemLines,
} from './image-document.ts';
import { fileProblem, siblingNames } from './image-files.ts';
import { type ImageSource, imageSchema, namedFilesSchema, packageListSchema } from './image-schema.ts';

/** A configuration and the files it was read from. */
export interface LoadedImageConfig {
  readonly config: ImageConfig;
  /** Absolute paths: the configuration first, then what it includes and the key files. */
  readonly files: readonly string[];
}

/** What was gathered while a configuration and all it names was read. */
interface Loading {
  /** What paths in messages are relative to. */
  readonly base: string;
  readonly problems: ConfigProblem[];
  readonly files: string[];
  /** Packages of the lists that are included, in order. */
  readonly packages: string[];
  /** Lines of the key files that are there, by absolute path. */
  readonly keys: Map<string, readonly string[]>;
}

/**
 * Reads an image configuration with all that it names beside itself. Every problem of every file is
 * reported at once, each with file, line and column. Throws `CONFIG_NOT_FOUND` and `CONFIG_INVALID`.
 * `base` is what paths in messages are relative to.
 */
export async function loadImageConfig(path: string, base: string): Promise<LoadedImageConfig> {
  const file = resolve(base, path);
  if ((await fileProblem(file, path)) !== undefined) {
    const names = await siblingNames(file);
    throw usageError('CONFIG_NOT_FOUND', `${relative(base, file)}: no such configuration`, {
      hint: names.length === 0 ? 'Give CONFIG=PATH.' : `Take one of these: ${names.join(', ')}.`,
    });
  }
  const loading: Loading = { base, problems: [], files: [], packages: [], keys: new Map() };
  const document = await readDocument(file, loading);
  const { value, problems } = checkDocument(document, imageSchema);
  loading.problems.push(...problems);
  await readNamedFiles(document, file, loading);
  const config = value === undefined ? undefined : complete(value, document, file, loading);
  if (config === undefined || loading.problems.length > 0) throw invalid(loading);
  return { config, files: loading.files };
}

function invalid({ problems, files, base }: Loading): Error {
  const order = files.map((path) => relative(base, path));
  const byFile = problems.toSorted((a, b) => order.indexOf(a.file) - order.indexOf(b.file));
  const lines = [...Map.groupBy(byFile, ({ file }) => file).values()].map(problemLines);
  return usageError('CONFIG_INVALID', lines.join('\n'), {
    hint: 'configs/minimal.yaml explains every key.',
  });
}

async function readDocument(file: string, loading: Loading): Promise<ConfigDocument> {
  loading.files.push(file);
  return parseConfigDocument(relative(loading.base, file), await readFile(file, 'utf8'));
}

/** Reads what is included and the key files, and looks for the others, even where the rest is wrong. */
async function readNamedFiles(document: ConfigDocument, file: string, loading: Loading): Promise<void> {
  const { data: named } = namedFilesSchema.safeParse(document.value);
  if (named === undefined) return;
  await readIncluded(named.include, document, file, loading);
  for (const [user, { sshKeyFiles }] of named.users.entries()) {
    for (const [index, path] of sshKeyFiles.entries()) {
      await readKeys(path, ['users', user, 'sshKeyFiles', index], document, file, loading);
    }
  }
  for (const [index, { source }] of named.files.entries()) {
    if (source === undefined) continue;
    const problem = await fileProblem(resolve(dirname(file), source), source);
    if (problem !== undefined) loading.problems.push(document.problemAt(['files', index, 'source'], problem));
  }
}

async function readIncluded(
  paths: readonly string[],
  document: ConfigDocument,
  file: string,
  loading: Loading,
): Promise<void> {
  for (const [index, path] of paths.entries()) {
    const included = resolve(dirname(file), path);
    // A list that two others include is read once; so is one that includes itself.
    if (loading.files.includes(included)) continue;
    const problem = await fileProblem(included, path);
    if (problem !== undefined) {
      loading.problems.push(document.problemAt(['include', index], problem));
      continue;
    }
    const list = await readDocument(included, loading);
    const { value, problems } = checkDocument(list, packageListSchema);
    loading.problems.push(...problems);
    await readIncluded(value?.include ?? [], list, included, loading);
    loading.packages.push(...(value?.packages ?? []));
  }
}

async function readKeys(
  path: string,
  place: readonly PropertyKey[],
  document: ConfigDocument,
  file: string,
  loading: Loading,
): Promise<void> {
  const keyFile = resolve(dirname(file), path);
  const problem = await fileProblem(keyFile, path);
  const text = problem === undefined ? await readFile(keyFile, 'utf8') : '';
  const isPrivate = text.includes('PRIVATE KEY');
  if (problem !== undefined || isPrivate) {
    const message = problem ?? `${path} is a private key; the public one (.pub) is wanted`;
    loading.problems.push(document.problemAt(place, message));
    return;
  }
  loading.files.push(keyFile);
  const lines = text.split('\n').map((line) => line.trim());
  loading.keys.set(
    keyFile,
    lines.filter((line) => line !== '' && !line.startsWith('#')),
  );
}

function complete(
  source: ImageSource,
  document: ConfigDocument,
  file: string,
  loading: Loading,
): ImageConfig {
  const name = source.name ?? basename(file).replace(/\.(?:ya?ml|json)$/, '');
  const packages = [...new Set([...loading.packages, ...(source.packages ?? [])])];
  if (packages.length === 0) loading.problems.push(document.problemAt(['packages'], 'no package is named'));
  checkUnique(source.users ?? [], 'users', 'name', document, loading);
  checkUnique(source.files ?? [], 'files', 'path', document, loading);
  const formats = source.formats ?? defaultFormats;
  return {
    name,
    version: source.version,
    packages,
    hostname: source.hostname ?? name.replaceAll(/[._]/g, '-'),
    kernelArgs: source.kernelArgs?.trim() ?? '',
    users: (source.users ?? []).map((user) => oneUser(user, file, loading)),
    files: (source.files ?? []).map((wanted) => oneFile(wanted, file)),
    services: {
      enable: source.services?.enable ?? [],
      disable: source.services?.disable ?? [],
      mask: source.services?.mask ?? [],
    },
    disk: { size: diskSize(source.disk?.size ?? 'auto'), boot: source.disk?.boot ?? 'both' },
    formats: imageFormats.filter((format) => formats.includes(format)),
  };
}

function checkUnique<K extends string>(
  items: readonly Readonly<Record<K, string>>[],
  list: string,
  key: K,
  document: ConfigDocument,
  loading: Loading,
): void {
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    if (seen.has(item[key]))
      loading.problems.push(document.problemAt([list, index, key], `'${item[key]}' is there twice`));
    seen.add(item[key]);
  }
}

function oneUser(user: NonNullable<ImageSource['users']>[number], file: string, loading: Loading): ImageUser {
  const fromFiles = (user.sshKeyFiles ?? []).flatMap(
    (path) => loading.keys.get(resolve(dirname(file), path)) ?? [],
  );
  return {
    name: user.name,
    passwordHash: user.passwordHash,
    sshKeys: [...(user.sshKeys ?? []).map((key) => key.trim()), ...fromFiles],
    uid: user.uid,
    groups: user.groups ?? [],
    shell: user.shell,
    home: user.home,
  };
}

function oneFile(wanted: NonNullable<ImageSource['files']>[number], file: string): ImageFile {
  const mode = Number.parseInt(wanted.mode ?? '0644', 8);
  const content =
    wanted.source === undefined
      ? { kind: 'text' as const, text: wanted.content ?? '' }
      : { kind: 'source' as const, source: resolve(dirname(file), wanted.source) };
  return { path: wanted.path, mode, content };
}

function diskSize(size: string): 'auto' | number {
  if (size === 'auto') return 'auto';
  const unit = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }[size.at(-1)!]!;
  return Number.parseInt(size, 10) * unit;
}
