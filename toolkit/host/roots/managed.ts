import { createHash } from 'node:crypto';
import { buildError, type ToolkitError } from '../../domain/errors.ts';
import type { EventSink } from '../../domain/events.ts';
import type { CommandResult, Root, RootCommand, Roots } from '../../domain/ports.ts';
import type { BaseOptions } from './base.ts';
import { addSeed, isWorker } from './seed-root/add.ts';

/** What every backend gives the command line beside the port. */
export interface ManagedRoots extends Roots, AsyncDisposable {
  /** Makes a base from what the mirror has now and writes `chroot/NAME.lock`. Returns what changed. */
  updateLock(name: string, signal: AbortSignal): Promise<string[]>;
}

/** Mount options end at one page. */
const MAX_DEPTH = 8;

/** All that a command in a root sees beside its own variables, whatever the backend. */
export const ROOT_ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  LANG: 'C.UTF-8',
  TZ: 'UTC',
};

/** Key of the layer that `key` names above `parent`: the same with every backend. */
export function layerId(parent: Root, key: string): string {
  if (parent.depth >= MAX_DEPTH) throw new Error(`a root has at most ${MAX_DEPTH} layers`);
  return createHash('sha256').update(`${parent.key}\0${key}`).digest('hex');
}

/** The bases of a backend, each loaded once: worker roots with their seed. What failed is tried again. */
export interface Bases {
  get(name: string, signal: AbortSignal): Promise<Root>;
  /** Asked for the next time, this base (or every one) is loaded again. */
  forget(name?: string): void;
}

/** Remembers the bases that `load` gives; `roots` is where a worker's seed is put in. */
export function rememberBases(
  load: (name: string, signal: AbortSignal) => Promise<Root>,
  roots: () => Roots,
  options: BaseOptions,
): Bases {
  const bases = new Map<string, Promise<Root>>();
  return {
    async get(name, signal) {
      const pending =
        bases.get(name) ??
        load(name, signal).then((root) => (isWorker(name) ? addSeed(roots(), root, options, signal) : root));
      bases.set(name, pending);
      pending.catch(() => bases.delete(name));
      return await pending;
    },
    forget(name) {
      if (name === undefined) bases.clear();
      else bases.delete(name);
    },
  };
}

/** Tells of work that takes long enough for a person to wonder. */
export async function asTask<T>(events: EventSink, task: string, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const finish = (outcome: 'made' | 'failed') =>
    events.emit({
      type: 'task.finished',
      stage: 'roots',
      task,
      outcome,
      durationMs: performance.now() - startedAt,
    });
  events.emit({ type: 'task.started', stage: 'roots', task });
  try {
    const result = await work();
    finish('made');
    return result;
  } catch (error) {
    finish('failed');
    throw error;
  }
}

/** What is thrown when the command of a layer fails. */
export function layerFailure(parent: Root, command: RootCommand, result: CommandResult): ToolkitError {
  const tail = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-20).join('\n');
  const message = `${command.argv[0]} failed (${result.exitCode}) in a copy of the ${parent.name} root:\n${tail}`;
  return buildError(
    'ROOT_LAYER_FAILED',
    message,
    command.log === undefined ? {} : { hint: `See ${command.log}` },
  );
}
