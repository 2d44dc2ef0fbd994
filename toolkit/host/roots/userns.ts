import { join } from 'node:path';
import type { Locks, Root, RootCommand } from '../../domain/ports.ts';
import { pathExists } from '../files.ts';
import { collect } from '../process/run.ts';
import { enterSandbox, resolveBinds, type Sandboxing } from '../sandbox/enter.ts';
import { removeTree } from '../sandbox/remove.ts';
import { rootScript } from '../sandbox/script.ts';
import type { Session } from '../session.ts';
import { type Base, type BaseOptions, findBase, makeBase, updateBaseLock } from './base.ts';
import {
  asTask,
  layerFailure,
  layerId,
  type ManagedRoots,
  ROOT_ENVIRONMENT,
  rememberBases,
} from './managed.ts';
import { rootProcess } from './process.ts';
import { baseRoot, type LayeredRoot, lowersOf, mappedFolder, publishTree, tidyLayer } from './tree.ts';
import { unpackBase } from './unpack.ts';

export interface UsernsOptions {
  readonly sandboxing: () => Promise<Sandboxing>;
  readonly session: Session;
  readonly locks: Locks;
  readonly base: BaseOptions;
}

/** Roots as folders in the cache, entered through user namespaces and overlayfs. */
export function createUsernsRoots(options: UsernsOptions): ManagedRoots {
  const { sandboxing, session, locks, base: baseOptions } = options;
  const removals = new Set<Promise<void>>();

  const removeLater = (path: string) => {
    const removal = removeTree(sandboxing, path).finally(() => removals.delete(removal));
    removal.catch(() => {});
    removals.add(removal);
  };
  const treeFolder = async (kind: 'b' | 'l', key: string) =>
    join('roots', (await sandboxing()).map.tag, kind, key);

  async function unpacked(base: Base, tar: string, isCompressed: boolean, signal: AbortSignal) {
    const box = await sandboxing();
    const target = await treeFolder('b', base.key);
    if (await pathExists(join(box.cacheDir, target))) return;
    const folder = await session.folder('unpack');
    await mappedFolder(box, folder);
    await mappedFolder(box, join(folder, 'u'));
    await unpackBase(box, tar, isCompressed, join(folder, 'u'), signal);
    await publishTree(box, folder, target, signal);
  }

  async function loadBase(name: string, signal: AbortSignal): Promise<LayeredRoot> {
    const found = await findBase(name, baseOptions);
    const box = await sandboxing();
    if (found !== undefined) {
      const root = baseRoot(found, await treeFolder('b', found.key));
      if (await pathExists(join(box.cacheDir, root.lowers[0]!))) return root;
    }
    await using _lock = await locks.acquire(`root-${name}`, signal);
    const known = await findBase(name, baseOptions);
    const tar = known === undefined ? undefined : await baseOptions.store.find(known.tar);
    if (known !== undefined && tar !== undefined) {
      await unpacked(known, tar, true, signal);
      return baseRoot(known, await treeFolder('b', known.key));
    }
    return await asTask(baseOptions.events, `${name} root`, async () => {
      const folder = await session.folder('make');
      await mappedFolder(box, folder);
      const withTar = async (base: Base, plain: string, either: AbortSignal) =>
        await unpacked(base, plain, false, either);
      const made = await makeBase(name, baseOptions, folder, withTar, signal).finally(() =>
        removeLater(folder),
      );
      return baseRoot(made, await treeFolder('b', made.key));
    });
  }

  async function start(root: Root, command: RootCommand, work: string, signal: AbortSignal) {
    const box = await sandboxing();
    for (const name of ['', 'u', 'w', 'm']) await mappedFolder(box, join(work, name));
    const binds = await resolveBinds(command.binds ?? [], box.map);
    const inner = {
      argv: command.argv,
      cwd: command.cwd ?? '/',
      env: { ...ROOT_ENVIRONMENT, ...command.env },
    };
    const overlay = { lowers: lowersOf(root), work: work.slice(box.cacheDir.length + 1) };
    const isInteractive = command.interactive === true;
    return await enterSandbox(
      box,
      {
        binds,
        namespaces: { network: true },
        announces: true,
        stdio: isInteractive
          ? ['inherit', 'inherit', 'inherit']
          : [command.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        inner: rootScript(overlay, inner, { binds, privileged: box.map.privileged }),
      },
      signal,
    );
  }

  async function runIn(root: Root, command: RootCommand, work: string, signal: AbortSignal) {
    return await collect(command, (limited) => start(root, command, work, limited), signal);
  }

  const bases = rememberBases(loadBase, () => roots, baseOptions);
  const roots: ManagedRoots = {
    backend: 'userns',
    base: bases.get,
    async derive(parent, key, command, signal) {
      const box = await sandboxing();
      const id = layerId(parent, key);
      const target = await treeFolder('l', id);
      const root: LayeredRoot = {
        ...parent,
        key: id,
        depth: parent.depth + 1,
        lowers: [join(target, 'u'), ...lowersOf(parent)],
      };
      if (await pathExists(join(box.cacheDir, target))) return root;
      await using _lock = await locks.acquire(`layer-${id}`, signal);
      if (await pathExists(join(box.cacheDir, target))) return root;
      const work = await session.folder('layer');
      const result = await runIn(parent, command, work, signal);
      if (result.exitCode !== 0) {
        removeLater(work);
        throw layerFailure(parent, command, result);
      }
      await tidyLayer(box, work, command.binds ?? [], signal);
      await publishTree(box, work, target, signal);
      return root;
    },
    async run(root, command, signal) {
      const work = await session.folder('run');
      try {
        return await runIn(root, command, work, signal);
      } finally {
        removeLater(work);
      }
    },
    async open(root, command, signal) {
      const work = await session.folder('open');
      const stop = new AbortController();
      const child = await start(
        root,
        { ...command, stdin: '' },
        work,
        AbortSignal.any([signal, stop.signal]),
      );
      return await rootProcess(child, command, stop, () => removeLater(work));
    },
    async scratch(prefix) {
      const path = await session.folder(`${prefix.replace(/[^A-Za-z0-9._-]/g, '')}-`);
      await mappedFolder(await sandboxing(), path);
      return { path, [Symbol.asyncDispose]: async () => await removeTree(sandboxing, path) };
    },
    async clean() {
      bases.forget();
      const { cacheDir, map } = await sandboxing();
      await removeTree(sandboxing, join(cacheDir, 'roots', map.tag));
    },
    async updateLock(name, signal) {
      await using _lock = await locks.acquire(`root-${name}`, signal);
      const folder = await session.folder('make');
      await mappedFolder(await sandboxing(), folder);
      bases.forget(name);
      const withTar = async (base: Base, tar: string, either: AbortSignal) =>
        await unpacked(base, tar, false, either);
      return await updateBaseLock(name, baseOptions, folder, withTar, signal).finally(() =>
        removeLater(folder),
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(removals);
      await removeTree(sandboxing, session.path);
    },
  };
  return roots;
}
