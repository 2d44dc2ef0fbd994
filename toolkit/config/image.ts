import { readFile } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { usageError } from '../domain/errors.ts';
import { type ImageConfig, type ImageFile, type ImageUser, imageFormats } from '../domain/image.ts';
import {
  type ConfigDocument,
  type ConfigProblem,
  checkDocument,
  parseConfigDocument,
} from './image-document.ts';
import { readablePath, siblingNames } from './image-files.ts';
import { type ImageSource, imageSchema, packageListSchema } from './image-schema.ts';

/** Where problems are collected while a configuration is put together. */
interface Loading {
  /** What paths in messages are relative to. */
  readonly base: string;
  readonly problems: ConfigProblem[];
  /** Every file read, in order; all of them decide the image. */
  readonly files: string[];
}

/** A configuration and the files it was read from. */
export interface LoadedImageConfig {
  readonly config: ImageConfig;
  /** Absolute paths: the configuration first, then what it includes. */
  readonly files: readonly string[];
}

/**
 * Reads an image configuration with all that it names beside itself. Every problem of every file is
 * reported at once, each with file, line and column. Throws `CONFIG_NOT_FOUND` and `CONFIG_INVALID`.
 * `base` is what paths in messages are relative to.
 */
export async function loadImageConfig(path: string, base: string): Promise<LoadedImageConfig> {
  const file = resolve(base, path);
  const loading: Loading = { base, problems: [], files: [] };
  const document = await readDocument(file, loading);
  if (document === undefined) {
    const names = await siblingNames(file);
    throw usageError('CONFIG_NOT_FOUND', `${relative(base, file)}: no such configuration`, {
      hint: names.length === 0 ? 'Give CONFIG=PATH.' : `Take one of these: ${names.join(', ')}.`,
    });
  }
  const { value, problems } = checkDocument(document, imageSchema);
  loading.problems.push(...problems);
  const config = value === undefined ? undefined : await complete(value, document, file, loading);
  if (config === undefined || loading.problems.length > 0) throw invalid(loading.problems);
  return { config, files: loading.files };
}

function invalid(problems: readonly ConfigProblem[]): Error {
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return usageError('CONFIG_INVALID', lines.join('\n'), {
    hint: 'Correct the configuration.',
    docs: 'configs/minimal.yaml',
  });
}

async function readDocument(file: string, loading: Loading): Promise<ConfigDocument | undefined> {
  if ((await readablePath(file)) !== undefined) return undefined;
  loading.files.push(file);
  return parseConfigDocument(relative(loading.base, file), await readFile(file, 'utf8'));
}

async function complete(
  source: ImageSource,
  document: ConfigDocument,
  file: string,
  loading: Loading,
): Promise<ImageConfig> {
  const name = source.name ?? basename(file).replace(/\.(?:ya?ml|json)$/, '');
  const packages = await allPackages(source, document, file, loading);
  if (packages.length === 0) loading.problems.push(document.problemAt(['packages'], 'no package is named'));
  checkUnique(source.users ?? [], 'users', 'name', document, loading);
  checkUnique(source.files ?? [], 'files', 'path', document, loading);
  const wantedFormats = source.formats ?? ['raw'];
  return {
    name,
    version: source.version,
    packages,
    hostname: source.hostname ?? name.replaceAll('_', '-'),
    kernelArgs: source.kernelArgs?.trim() ?? '',
    users: await Promise.all(
      (source.users ?? []).map((_, index) => oneUser(source, index, document, file, loading)),
    ),
    files: await Promise.all(
      (source.files ?? []).map((_, index) => oneFile(source, index, document, file, loading)),
    ),
    disk: { size: diskSize(source.disk?.size ?? 'auto'), boot: source.disk?.boot ?? 'both' },
    formats: imageFormats.filter((format) => wantedFormats.includes(format)),
  };
}

async function allPackages(
  source: Pick<ImageSource, 'include' | 'packages'>,
  document: ConfigDocument,
  file: string,
  loading: Loading,
): Promise<string[]> {
  const names = new Set<string>();
  for (const [index, path] of (source.include ?? []).entries()) {
    const included = resolve(dirname(file), path);
    // A list that two others include is read once; so is one that includes itself.
    if (loading.files.includes(included)) continue;
    const list = await readDocument(included, loading);
    if (list === undefined) {
      const problem = (await readablePath(included)) ?? 'no such file';
      loading.problems.push(document.problemAt(['include', index], problem));
      continue;
    }
    const { value, problems } = checkDocument(list, packageListSchema);
    loading.problems.push(...problems);
    if (value !== undefined)
      for (const name of await allPackages(value, list, included, loading)) names.add(name);
  }
  for (const name of source.packages ?? []) names.add(name);
  return [...names];
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

async function oneUser(
  source: ImageSource,
  index: number,
  document: ConfigDocument,
  file: string,
  loading: Loading,
): Promise<ImageUser> {
  const user = source.users![index]!;
  const sshKeys = [...(user.sshKeys ?? [])];
  for (const [position, path] of (user.sshKeyFiles ?? []).entries()) {
    const keyFile = resolve(dirname(file), path);
    const place = ['users', index, 'sshKeyFiles', position];
    const problem = await readablePath(keyFile);
    if (problem !== undefined) {
      loading.problems.push(document.problemAt(place, problem));
      continue;
    }
    loading.files.push(keyFile);
    const text = await readFile(keyFile, 'utf8');
    if (text.includes('PRIVATE KEY')) {
      loading.problems.push(
        document.problemAt(place, `${path} is a private key; the public one (.pub) is wanted`),
      );
      continue;
    }
    sshKeys.push(...text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')));
  }
  return {
    name: user.name,
    passwordHash: user.passwordHash,
    sshKeys: sshKeys.map((key) => key.trim()),
    uid: user.uid,
    groups: user.groups ?? [],
    shell: user.shell,
    home: user.home,
  };
}

async function oneFile(
  source: ImageSource,
  index: number,
  document: ConfigDocument,
  file: string,
  loading: Loading,
): Promise<ImageFile> {
  const wanted = source.files![index]!;
  const mode = Number.parseInt(wanted.mode ?? '0644', 8);
  if (wanted.source === undefined) {
    return { path: wanted.path, mode, content: { kind: 'text', text: wanted.content ?? '' } };
  }
  const path = resolve(dirname(file), wanted.source);
  const problem = await readablePath(path);
  if (problem !== undefined) loading.problems.push(document.problemAt(['files', index, 'source'], problem));
  return { path: wanted.path, mode, content: { kind: 'source', source: path } };
}

function diskSize(size: string): 'auto' | number {
  if (size === 'auto') return 'auto';
  const unit = { M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }[size.at(-1)!]!;
  return Number.parseInt(size, 10) * unit;
}
