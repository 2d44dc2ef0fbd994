import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { usageError } from '../domain/errors.ts';
import type { ImageConfig } from '../domain/image.ts';
import { checkImage } from './image-check.ts';
import { checkablePart } from './image-checkable.ts';
import { completeConfig } from './image-complete.ts';
import { digestProblems } from './image-digests.ts';
import { type ConfigProblem, problemLines } from './image-document.ts';
import { FILE_KEYS, fileProblem, isProgram, siblingNames } from './image-files.ts';
import { readFolders, type SourceFolder } from './image-folders.ts';
import { type Layers, type Loading, readLayers } from './image-layers.ts';
import { includersOf, type NamedPackage, namedPackages, readLists } from './image-lists.ts';
import { type PasswordFiles, readPasswordFiles } from './image-password-files.ts';
import { imageSchema } from './image-schema.ts';
import { type OfferedSystem, offeredSystems, withOffered } from './image-systems.ts';
import { findUnmade } from './image-unmade.ts';
import {
  findPlaced,
  overlay,
  type Placed,
  pathsAt,
  placedValue,
  plain,
  problemIn,
  problemOf,
} from './placed.ts';

/** A configuration and the files it was read from. */
export interface LoadedImageConfig {
  readonly config: ImageConfig;
  /** Absolute paths: the configuration first, then what it extends and includes, and the key files. */
  readonly files: readonly string[];
  /** Of those that have secrets as they are, by path: what they say without them, in our own form. */
  readonly withoutSecrets: ReadonlyMap<string, string>;
  /** The configuration with all that it extends. */
  readonly placed: Placed;
  /** Every package with the place that names it; those of included lists first. */
  readonly packages: readonly NamedPackage[];
  /** Packages of an image that is changed which are to become newer, of lists. */
  readonly listedUpdates: readonly NamedPackage[];
  /** What it asks for and nothing makes yet. */
  readonly unmade: readonly ConfigProblem[];
  /** Files that it names and that are not there, where these were not refused. */
  readonly missing: readonly ConfigProblem[];
  /** What its installer offers beside it. */
  readonly offered: readonly OfferedSystem[];
}

export interface LoadOptions {
  /** Of a configuration with several systems: the one that is built, instead of the default one. */
  readonly system?: string | undefined;
  /** Release version, whatever the configuration says. */
  readonly release?: string | undefined;
  /** `tell`: files of the user that are not there are `missing` of the result instead of an error. */
  readonly missingFiles?: 'refuse' | 'tell';
  /** Whether there is an image already that is changed: it need not name a package. */
  readonly changesImage?: boolean;
}

/**
 * Reads an image configuration with all that it names beside itself, in our own form or in that of the Azure
 * Linux toolkit. Every problem of every file is reported at once, each with file, line and column. Throws
 * `CONFIG_NOT_FOUND` and `CONFIG_INVALID`. `base` is what paths in messages are relative to.
 */
export async function loadImageConfig(
  path: string,
  base: string,
  options: LoadOptions = {},
): Promise<LoadedImageConfig> {
  const { config, problems, ...read } = await inspectImageConfig(path, base, options);
  if (config === undefined) throw invalidConfig({ problems, files: read.files, base });
  return { ...read, config };
}

/** A configuration with all that is wrong with it; it is undefined where anything is. */
export interface InspectedImageConfig extends Omit<LoadedImageConfig, 'config'> {
  readonly config: ImageConfig | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** The same without an exception for what is wrong in the files. Throws `CONFIG_NOT_FOUND`. */
export async function inspectImageConfig(
  path: string,
  base: string,
  options: LoadOptions = {},
): Promise<InspectedImageConfig> {
  const own = await inspectOne(path, base, options);
  const offered: InspectedImageConfig[] = [];
  for (const { config, system } of own.offered) {
    offered.push(await inspectOne(config, base, { ...options, system }));
  }
  return withOffered(own, offered);
}

async function inspectOne(
  path: string,
  base: string,
  { system, release, missingFiles = 'refuse', changesImage = false }: LoadOptions,
): Promise<InspectedImageConfig> {
  const file = resolve(base, path);
  if ((await fileProblem(file, path)) !== undefined) throw await notFound(file, base);
  const loading: Loading = {
    base,
    system,
    originals: [],
    otherSystems: [],
    problems: [],
    files: [],
    withoutSecrets: new Map(),
  };
  const layers = withRelease(await readLayers(file, loading), release);
  const { placed } = layers;
  if (system !== undefined && loading.originals.length === 0) {
    loading.problems.push(problemIn(placed, [], `there is no system configuration '${system}' in it`));
  }
  const listed = await readLists(placed, 'include', new Set(loading.files), loading);
  const removed = await readLists(placed, 'removeLists', new Set(), loading);
  const listedUpdates = await readLists(placed, 'base.updateLists', new Set(), loading);
  const packages = [...listed, ...namedPackages(placed)];
  const missing: ConfigProblem[] = [];
  const programs = await findFiles(placed, missing);
  const folders = await readFolders(placed, missing);
  loading.problems.push(...(await digestProblems(placed, folders)));
  const keys = await readKeys(placed, loading, missing);
  const passwords = await readPasswordFiles(placed, loading.problems, missing);
  loading.files.push(...passwords.files.filter((path) => !loading.files.includes(path)));
  if (missingFiles === 'refuse') loading.problems.push(...missing);
  const changes = changesImage || findPlaced(placed, 'base').length > 0;
  const includers = await includersOf(file, placed);
  const found = { keys, programs, folders, passwords };
  const read = { file, layers, listed, removed, packages, ...found, changesImage: changes, includers };
  const config = complete(read, loading);
  const { files, withoutSecrets, problems } = loading;
  // Of several files with systems nobody could say which of them belong together.
  const others = system === undefined && loading.originals.length === 1 ? loading.otherSystems : [];
  const offered = await offeredSystems(placed, file, others);
  const unmade = findUnmade(placed);
  const told = { unmade, missing, offered };
  return { config, problems, files, withoutSecrets, placed, packages, listedUpdates, ...told };
}

/** Laid over all that was read. */
function withRelease(layers: Layers, release: string | undefined): Layers {
  if (release === undefined) return layers;
  const { placed } = layers;
  return {
    ...layers,
    placed: overlay(
      placed,
      placedValue({ version: release }, () => placed.place),
    ),
  };
}

async function notFound(file: string, base: string): Promise<Error> {
  const names = await siblingNames(file);
  return usageError('CONFIG_NOT_FOUND', `${relative(base, file)}: no such configuration`, {
    hint: names.length === 0 ? 'Give CONFIG=PATH.' : `Take one of these: ${names.join(', ')}.`,
  });
}

/** `CONFIG_INVALID`: all problems, file by file in the order in which these were read. */
export function invalidConfig({
  problems,
  files,
  base,
}: {
  readonly problems: readonly ConfigProblem[];
  readonly files: readonly string[];
  readonly base: string;
}): Error {
  const order = files.map((path) => relative(base, path));
  const byFile = problems.toSorted((a, b) => order.indexOf(a.file) - order.indexOf(b.file));
  const lines = [...Map.groupBy(byFile, ({ file }) => file).values()].map(problemLines);
  return usageError('CONFIG_INVALID', lines.join('\n'), {
    hint: 'docs/image-config.md explains every key.',
  });
}

/** Looks for the files of the user; gives those that are programs. */
async function findFiles(placed: Placed, missing: ConfigProblem[]): Promise<Set<string>> {
  const programs = new Set<string>();
  for (const { found, written, path } of FILE_KEYS.flatMap((key) => pathsAt(placed, key))) {
    const problem = await fileProblem(path, written);
    if (problem !== undefined) missing.push(problemOf(found, problem));
    else if (await isProgram(path)) programs.add(path);
  }
  return programs;
}

/** Lines of the key files that are there, by absolute path. */
async function readKeys(
  placed: Placed,
  loading: Loading,
  missing: ConfigProblem[],
): Promise<Map<string, readonly string[]>> {
  const keys = new Map<string, readonly string[]>();
  for (const { found, written, path } of pathsAt(placed, 'users.*.sshKeyFiles.*')) {
    const problem = await fileProblem(path, written);
    if (problem !== undefined) {
      missing.push(problemOf(found, problem));
      continue;
    }
    const text = await readFile(path, 'utf8');
    if (text.includes('PRIVATE KEY')) {
      const message = `${written} is a private key; the public one (.pub) is wanted`;
      loading.problems.push(problemOf(found, message));
      continue;
    }
    if (!loading.files.includes(path)) loading.files.push(path);
    const lines = text.split('\n').map((line) => line.trim());
    keys.set(
      path,
      lines.filter((line) => line !== '' && !line.startsWith('#')),
    );
  }
  return keys;
}

interface Read {
  readonly file: string;
  readonly layers: Layers;
  readonly listed: readonly NamedPackage[];
  readonly removed: readonly NamedPackage[];
  readonly packages: readonly NamedPackage[];
  readonly keys: ReadonlyMap<string, readonly string[]>;
  readonly programs: ReadonlySet<string>;
  readonly folders: ReadonlyMap<string, SourceFolder>;
  readonly passwords: PasswordFiles;
  readonly changesImage: boolean;
  /** Of what may be a package list. */
  readonly includers: readonly string[] | undefined;
}

/** The whole configuration; undefined where something is wrong that the files by themselves do not tell. */
function complete(
  { file, layers, listed, removed, packages, changesImage, includers, ...found }: Read,
  loading: Loading,
): ImageConfig | undefined {
  const { placed, secrets, isWhole } = layers;
  const source = isWhole ? checkablePart(plain(placed) ?? {}, imageSchema) : undefined;
  if (source === undefined) return undefined;
  const hasPassphrase = secrets.encryption !== undefined;
  loading.problems.push(...checkImage(source, placed, { hasPassphrase, changesImage }));
  const isVersioned = findPlaced(placed, 'version').length > 0;
  if (!isVersioned) loading.problems.push(problemIn(placed, [], noVersion(includers)));
  // Where anything else is wrong, that may be why.
  const isEmpty = packages.length === 0 && source.kernel === undefined && !changesImage;
  if (isEmpty && loading.problems.length === 0) {
    loading.problems.push(problemIn(placed, ['packages'], 'no package is named'));
  }
  if (loading.problems.length > 0) return undefined;
  const own = { ...source, packages: namedPackages(placed).map(({ name }) => name) };
  const names = (all: readonly NamedPackage[]) => all.map(({ name }) => name);
  const lists = { listed: names(listed), removed: names(removed) };
  return completeConfig({ placed, source: own, file, ...lists, ...found, secrets });
}

/** A package list has no version either, and what is asked for are the configurations that it is a part of. */
function noVersion(includers: readonly string[] | undefined): string {
  if (includers !== undefined && includers.length > 0) {
    return `this is a package list, and no configuration; included by ${includers.join(', ')}`;
  }
  const missing = '\'version\' is missing: a release version such as "1.0"';
  return includers === undefined
    ? missing
    : `${missing}; a package list is named by a configuration's include`;
}
