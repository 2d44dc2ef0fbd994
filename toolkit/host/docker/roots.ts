import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { CommandResult, Locks, Root, RootCommand } from '../../domain/ports.ts';
import { collect } from '../process/run.ts';
import { type Base, type BaseOptions, findBase, makeBase, updateBaseLock } from '../roots/base.ts';
import {
  asTask,
  layerFailure,
  layerId,
  type ManagedRoots,
  ROOT_ENVIRONMENT,
  rememberBases,
} from '../roots/managed.ts';
import { rootProcess } from '../roots/process.ts';
import { isSessionOver, type Session } from '../session.ts';
import { type Container, startContainer, sweepContainers } from './container.ts';
import { cleanupSignal, connectEngine, type Engine } from './engine.ts';
import { hasImage, imageOf, importImage, removeImages } from './images.ts';
import { giveToUs, removeOwned } from './owners.ts';

const TIDY = readFileSync(new URL('./tidy.sh', import.meta.url), 'utf8');

export interface DockerOptions {
  /** Connects once; also what the base's maker uses. */
  readonly engine: () => Promise<Engine>;
  readonly session: Session;
  readonly locks: Locks;
  readonly base: BaseOptions;
}

/** The engine, found and cleared of what dead sessions left when it is first asked for. */
export function lazyEngine(signal: () => AbortSignal = cleanupSignal): () => Promise<Engine> {
  let found: Promise<Engine> | undefined;
  return () => {
    found ??= connectEngine(signal()).then(async (engine) => {
      await sweepContainers(engine, isSessionOver, signal());
      return engine;
    });
    found.catch(() => {
      found = undefined;
    });
    return found;
  };
}

/**
 * Roots as images of Docker's engine, entered as containers. Keys are those of the other backend, and so are
 * the results.
 */
export function createDockerRoots(options: DockerOptions): ManagedRoots {
  const { engine: connect, session, locks, base: baseOptions } = options;
  const endings = new Set<Promise<void>>();
  let isConnected = false;

  const engineOf = async () => {
    const engine = await connect();
    isConnected = true;
    return engine;
  };
  const imported = async (base: Base, tar: string, isCompressed: boolean, signal: AbortSignal) => {
    const engine = await engineOf();
    const image = imageOf({ key: base.key, depth: 0 });
    if (!(await hasImage(engine, image, signal))) await importImage(engine, tar, isCompressed, image, signal);
  };

  async function loadBase(name: string, signal: AbortSignal): Promise<Root> {
    const engine = await engineOf();
    const found = await findBase(name, baseOptions);
    if (found !== undefined && (await hasImage(engine, imageOf({ ...found, depth: 0 }), signal))) {
      return baseRoot(found);
    }
    await using _lock = await locks.acquire(`root-${name}`, signal);
    const known = await findBase(name, baseOptions);
    const tar = known === undefined ? undefined : await baseOptions.store.find(known.tar);
    return await asTask(baseOptions.events, `${name} root`, async () => {
      if (known !== undefined && tar !== undefined) {
        await imported(known, tar, true, signal);
        return baseRoot(known);
      }
      const withTar = async (base: Base, plain: string) => await imported(base, plain, false, signal);
      return baseRoot(await makeBase(name, baseOptions, await session.folder('make'), withTar, signal));
    });
  }

  async function enter(root: Root, command: RootCommand, signal: AbortSignal): Promise<Container> {
    const engine = await engineOf();
    return await startContainer(
      engine,
      {
        image: imageOf(root),
        binds: command.binds ?? [],
        network: 'none',
        work: await session.folder('container'),
        session: session.path,
      },
      signal,
    );
  }

  async function runIn(container: Container, command: RootCommand, signal: AbortSignal) {
    const env = { ...ROOT_ENVIRONMENT, ...command.env };
    const stdin = command.stdin === undefined ? 'ignore' : 'pipe';
    const result = await collect(
      command,
      async (limited) => container.start(command, env, stdin, limited),
      signal,
    );
    await giveToUs(await engineOf(), container, command.binds ?? []);
    return result;
  }

  const bases = rememberBases(loadBase, () => roots, baseOptions);
  const roots: ManagedRoots = {
    backend: 'docker',
    base: bases.get,
    async derive(parent, key, command, signal) {
      const id = layerId(parent, key);
      const root: Root = { ...parent, key: id, depth: parent.depth + 1 };
      const engine = await engineOf();
      if (await hasImage(engine, imageOf(root), signal)) return root;
      await using _lock = await locks.acquire(`layer-${id}`, signal);
      if (await hasImage(engine, imageOf(root), signal)) return root;
      await using container = await enter(parent, command, signal);
      const result = await runIn(container, command, signal);
      if (result.exitCode !== 0) throw layerFailure(parent, command, result);
      await tidy(container, command, signal);
      await engine.must(['commit', container.name, imageOf(root)], signal);
      return root;
    },
    async run(root, command, signal) {
      await using container = await enter(root, command, signal);
      return await runIn(container, command, signal);
    },
    async open(root, command, signal) {
      const container = await enter(root, command, signal);
      const stop = new AbortController();
      const end = () => {
        const ending = Promise.resolve(container[Symbol.asyncDispose]());
        endings.add(ending);
        ending.catch(() => {});
      };
      const env = { ...ROOT_ENVIRONMENT, ...command.env };
      const child = container.start(command, env, 'pipe', AbortSignal.any([signal, stop.signal]));
      return await rootProcess(child, command, stop, end);
    },
    async scratch(prefix) {
      const path = await session.folder(`${prefix.replace(/[^A-Za-z0-9._-]/g, '')}-`);
      return { path, [Symbol.asyncDispose]: async () => await removeOwned(engineOf, path) };
    },
    async clean(signal) {
      bases.forget();
      await removeImages(await engineOf(), signal);
    },
    async updateLock(name, signal) {
      await using _lock = await locks.acquire(`root-${name}`, signal);
      bases.forget(name);
      const withTar = async (base: Base, tar: string) => await imported(base, tar, false, signal);
      return await updateBaseLock(name, baseOptions, await session.folder('make'), withTar, signal);
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled(endings);
      if (isConnected) {
        const own = async (name: string) => name === basename(session.path);
        await sweepContainers(await connect(), own, cleanupSignal());
      }
      await removeOwned(engineOf, session.path);
    },
  };
  return roots;
}

function baseRoot({ key, name, packages }: Base): Root {
  return { key, name, packages, depth: 0, seed: undefined };
}

async function tidy(container: Container, command: RootCommand, signal: AbortSignal): Promise<void> {
  const targets = (command.binds ?? []).map((bind) => bind.target).reverse();
  const argv = ['/bin/sh', '-c', TIDY, 'tidy', ...targets] as const;
  const start = async (limited: AbortSignal) =>
    container.start({ argv }, ROOT_ENVIRONMENT, 'ignore', limited);
  const result: CommandResult = await collect({ argv }, start, signal);
  if (result.exitCode !== 0) throw new Error(`a layer could not be tidied: ${result.stderr.trim()}`);
}
