import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import fastGlob from 'fast-glob';
import type { DistroProfile } from '../../domain/distro.ts';
import { usageError } from '../../domain/errors.ts';
import type { RpmFile } from '../../domain/spec-scanner.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { SPEC_PATTERNS } from './plan.ts';

/** A distribution's tree on this host, entered by the specs folder that the user named. */
export interface DistroTree {
  /** Absolute path of the specs folder: what paths of specs are relative to. */
  readonly folder: string;
  /** Globs of specs below it. */
  readonly patterns: readonly string[];
  /** Absolute path of the tree that the profile's other paths are relative to. */
  readonly root: string;
}

/**
 * The tree that a specs folder belongs to: the nearest of it and the folders above it that holds one of the
 * profile's specs folders, else the folder itself. A folder that is a tree stands for all of its specs.
 */
export async function openTree(folder: string, profile: DistroProfile): Promise<DistroTree> {
  const inside = await specsFolders(folder, profile);
  if (inside.length > 0) {
    const patterns = inside.flatMap((name) => SPEC_PATTERNS.map((pattern) => `${name}/${pattern}`));
    return { folder, patterns, root: folder };
  }
  let root = folder;
  while (dirname(root) !== root) {
    root = dirname(root);
    if ((await specsFolders(root, profile)).length > 0) return { folder, patterns: SPEC_PATTERNS, root };
  }
  return { folder, patterns: SPEC_PATTERNS, root: folder };
}

async function specsFolders(root: string, { specs }: DistroProfile): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of specs) {
    const isFolder = await stat(join(root, name)).then(
      (one) => one.isDirectory(),
      () => false,
    );
    if (isFolder) found.push(name);
  }
  return found;
}

/** The files that specs are read with, sorted by name. Throws `DISTRO_FILES_MISSING` for a glob without a match. */
export async function treeFiles(tree: DistroTree, profile: DistroProfile): Promise<readonly RpmFile[]> {
  return await findFiles(tree, profile, profile.files);
}

/** The files that packages are built with: those that specs are read with first. Throws `DISTRO_FILES_MISSING`. */
export async function buildFiles(tree: DistroTree, profile: DistroProfile): Promise<readonly RpmFile[]> {
  const forReading = await treeFiles(tree, profile);
  return [...forReading, ...(await findFiles(tree, profile, profile.build.files))];
}

async function findFiles(
  { root }: DistroTree,
  profile: DistroProfile,
  wanted: DistroProfile['files'],
): Promise<readonly RpmFile[]> {
  const files: RpmFile[] = [];
  for (const { from, to } of wanted) {
    for (const pattern of from) {
      const names = await fastGlob(pattern, { cwd: root, onlyFiles: true, dot: true });
      if (names.length === 0) throw missing(`no file matches ${pattern}`, root, profile);
      for (const name of names)
        files.push({ name, source: resolve(root, name), target: join(to, basename(name)) });
    }
  }
  return files.sort((a, b) => byCodeUnit(a.name, b.name) || byCodeUnit(a.target, b.target));
}

/** Names of packages that the profile calls prebuilt. Throws `DISTRO_FILES_MISSING`. */
export async function prebuiltNames(
  { root }: DistroTree,
  profile: DistroProfile,
): Promise<ReadonlySet<string>> {
  const names = new Set(profile.prebuilt.names);
  for (const path of profile.prebuilt.manifests) {
    const text = await readFile(join(root, path), 'utf8').catch((cause: unknown) => {
      throw missing(`there is no ${path}`, root, profile, cause);
    });
    for (const line of text.split('\n')) {
      const name = /^(\S+)-[^-\s]+-[^-\s]+\.[^.\s]+\.rpm$/.exec(line.trim())?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

function missing(what: string, root: string, profile: DistroProfile, cause?: unknown): Error {
  return usageError(
    'DISTRO_FILES_MISSING',
    `${what} in ${root}, which the profile ${profile.name} asks for`,
    {
      hint: `Set SPECS_DIR to a checkout of ${profile.name}, or to its ${profile.specs.join(' or ')}.`,
      docs: 'docs/profiles.md',
      cause,
    },
  );
}
