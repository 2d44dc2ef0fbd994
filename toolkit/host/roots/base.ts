import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { constants, createZstdCompress } from 'node:zlib';
import { z } from 'zod';
import { usageError } from '../../domain/errors.ts';
import type { EventSink } from '../../domain/events.ts';
import type { RootPackage, Store } from '../../domain/ports.ts';
import { bothOrNeither } from '../both-or-neither.ts';
import { writeFileAtomically } from '../files.ts';
import type { BaseMaker, BaseRecipe } from './bootstrap.ts';
import {
  compareRequested,
  compareWithLock,
  formatLock,
  type RootLock,
  readLock,
  sortPackages,
} from './lock.ts';
import { readPackageList } from './package-list.ts';

/** Part of every base's key: raise it when the way a base is made changes what is in it. */
const RECIPE_VERSION = 1;

export interface BaseOptions {
  readonly chrootDir: string;
  readonly cacheDir: string;
  /** Debian's release for lists that name none. */
  readonly suite: string;
  readonly arch: string;
  readonly locked: boolean;
  readonly store: Store;
  readonly events: EventSink;
  readonly maker: BaseMaker;
}

/** A base root as content, not yet unpacked anywhere. */
export interface Base {
  readonly name: string;
  readonly key: string;
  readonly packages: readonly RootPackage[];
  /** SHA-256 of its tar, zstd, in the store. */
  readonly tar: string;
}

const recordSchema = z.strictObject({
  key: z.string(),
  tar: z.string(),
  packages: z.array(
    z.strictObject({ name: z.string(), version: z.string(), arch: z.string(), sha256: z.string() }),
  ),
});

interface BaseRequest {
  readonly recipe: BaseRecipe;
  readonly lock: RootLock | undefined;
  readonly lockPath: string;
  /** Where it is remembered what this list and this lock gave. */
  readonly recordPath: string;
}

/** What `chroot/NAME.packages` and its lock gave before; undefined when it was not made yet. */
export async function findBase(name: string, options: BaseOptions): Promise<Base | undefined> {
  const request = await readRequest(name, options);
  const { lock, recipe } = request;
  // A lock that says what was once made needs no new root, whichever request made it; unless it answers an older list.
  const isCurrent = lock !== undefined && compareRequested(lock, recipe).length === 0;
  const locked = isCurrent
    ? await readRecord(name, recordPath(options, baseKey(recipe, lock.packages)))
    : undefined;
  const base = locked ?? (await readRecord(name, request.recordPath));
  if (base !== undefined) refuseWhenLocked(name, request, base.packages, options);
  return base;
}

/**
 * Makes a base in `folder` (empty, below the cache). Differences from the lock are said once, or refused
 * with `ROOT_LOCK_DIFFERS` where `locked`. `withTar` sees the tar while it is there uncompressed.
 */
export async function makeBase(
  name: string,
  options: BaseOptions,
  folder: string,
  withTar: (base: Base, tar: string, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<Base> {
  const request = await readRequest(name, options);
  const made = await options.maker(request.recipe, folder, signal);
  refuseWhenLocked(name, request, made.packages, options);
  const differences = request.lock === undefined ? [] : compareWithLock(request.lock, made.packages);
  if (differences.length > 0) {
    options.events.emit({
      type: 'notice.given',
      level: 'warning',
      message: `The ${name} root differs from its lock (make update-roots writes a new one): ${differences.join('; ')}`,
    });
  }
  const key = baseKey(request.recipe, made.packages);
  const compressed = pipeline(
    createReadStream(made.tar, { highWaterMark: 1024 * 1024 }),
    createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
    // The store tells of errors.
    () => {},
  );
  const [stored] = await bothOrNeither(
    (either) => options.store.putStream(compressed, undefined, either),
    (either) => withTar({ name, key, packages: made.packages, tar: '' }, made.tar, either),
    signal,
  );
  const base = { name, key, packages: made.packages, tar: stored.sha256 };
  await writeRecord(request.recordPath, base);
  await writeRecord(recordPath(options, key), base);
  return base;
}

/** Makes a base and writes its lock, whatever the lock was before. Returns what changed. */
export async function updateBaseLock(
  name: string,
  options: BaseOptions,
  folder: string,
  withTar: (base: Base, tar: string, signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<string[]> {
  const silent = { ...options, locked: false, events: { emit: () => {} } };
  const { lock, lockPath, recipe } = await readRequest(name, silent);
  const base = await makeBase(name, silent, folder, withTar, signal);
  const { suite, arch, packages: requested } = recipe;
  const text = formatLock({ suite, arch, requested: [...requested], packages: [...base.packages] });
  await writeFileAtomically(lockPath, text);
  if (lock === undefined) return ['there was no lock'];
  return [...compareRequested(lock, recipe), ...compareWithLock(lock, base.packages)];
}

async function readRequest(name: string, options: BaseOptions): Promise<BaseRequest> {
  const { suite, packages } = await readPackageList(join(options.chrootDir, `${name}.packages`));
  const lockPath = join(options.chrootDir, `${name}.lock`);
  const lock = await readLock(lockPath);
  if (lock === undefined && options.locked) {
    throw usageError('ROOT_LOCK_MISSING', `There is no ${lockPath}, and LOCKED=y asks for it`, {
      hint: 'Run: make update-roots',
    });
  }
  const recipe = { name, suite: suite ?? options.suite, arch: options.arch, packages };
  if (lock !== undefined && options.locked) refuse(name, compareRequested(lock, recipe));
  const pinned = lock && { suite: lock.suite, arch: lock.arch, packages: lock.packages };
  const digest = createHash('sha256')
    .update(JSON.stringify([RECIPE_VERSION, recipe.suite, recipe.arch, packages, pinned ?? null]))
    .digest('hex');
  return { recipe, lock, lockPath, recordPath: recordPath(options, digest) };
}

function recordPath(options: BaseOptions, digest: string): string {
  return join(options.cacheDir, 'roots', 'made', `${digest}.json`);
}

function refuseWhenLocked(
  name: string,
  request: BaseRequest,
  actual: readonly RootPackage[],
  options: BaseOptions,
): void {
  if (!options.locked || request.lock === undefined) return;
  refuse(name, compareWithLock(request.lock, actual));
}

function refuse(name: string, differences: readonly string[]): void {
  if (differences.length === 0) return;
  throw usageError(
    'ROOT_LOCK_DIFFERS',
    `The ${name} root is not what its lock says: ${differences.join('; ')}`,
    {
      hint: 'Name a mirror that still has these versions (DEBIAN_MIRROR), or run: make update-roots',
    },
  );
}

/** Digest of what a base is made of; the mirror and the bytes of the tree are not in it. */
export function baseKey(recipe: BaseRecipe, packages: readonly RootPackage[]): string {
  return createHash('sha256')
    .update(JSON.stringify([RECIPE_VERSION, recipe.suite, recipe.arch, sortPackages(packages)]))
    .digest('hex');
}

async function readRecord(name: string, path: string): Promise<Base | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return { name, ...recordSchema.parse(JSON.parse(text)) };
  } catch {
    // Damaged: the base is made anew.
    return undefined;
  }
}

async function writeRecord(path: string, { key, packages, tar }: Base): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify({ key, tar, packages })}\n`);
}
