import { readFile, realpath, stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { hostError } from '../../domain/errors.ts';
import type { Bind, Processes } from '../../domain/ports.ts';
import { type StartedProcess, type StartOptions, startProcess } from '../process/run.ts';
import { explainRefusal } from './diagnose.ts';
import { type IdMap, isMapped, writeIdMap } from './idmap.ts';
import { lockedFlags, mountOf, parseMountInfo } from './mountinfo.ts';
import {
  type InnerScript,
  type Namespaces,
  type ResolvedBind,
  SANDBOX_ENVIRONMENT,
  sandboxArgv,
} from './script.ts';

export interface Sandboxing {
  readonly cacheDir: string;
  readonly map: IdMap;
  readonly processes: Processes;
}

export interface EnterOptions {
  readonly binds?: readonly ResolvedBind[];
  readonly namespaces: Namespaces | undefined;
  readonly inner: InnerScript;
  readonly stdio: StartOptions['stdio'];
  /** Of the programs that set the sandbox up, and of `inner` unless it clears it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Whether `inner` says `go` before it runs its command. */
  readonly announces: boolean;
}

/**
 * Starts a program under mapped ids. It and everything it makes (mounts, children) ends with us, whatever
 * ends us. Throws `SANDBOX_REFUSED`, with the words of what failed, when the sandbox cannot be set up.
 */
export async function enterSandbox(
  sandboxing: Sandboxing,
  options: EnterOptions,
  signal: AbortSignal,
): Promise<StartedProcess> {
  const { map, cacheDir, processes } = sandboxing;
  const request = {
    privileged: map.privileged,
    cacheDir,
    binds: options.binds ?? [],
    creator: process.pid,
    namespaces: options.namespaces,
  };
  const started = startProcess(
    {
      argv: sandboxArgv(request, options.inner),
      cwd: '/',
      env: { ...options.env, ...SANDBOX_ENVIRONMENT },
      stdio: options.stdio,
      control: true,
      // Nothing in there has a state to save, and unshare ignores SIGTERM.
      killSignal: 'SIGKILL',
    },
    signal,
  );
  // What nobody reads yet would be thrown away: execa, and Node when the process ends, let streams flow.
  const child = { ...started, stdout: held(started.stdout), stderr: held(started.stderr) };
  const steps = [() => writeIdMap(child.pid, map, processes, signal)];
  if (options.announces) steps.push(async () => {});
  await shakeHands(child, steps);
  return child;
}

function held(stream: Readable | null): Readable | null {
  // The reader is told of errors.
  return stream === null ? null : pipeline(stream, new PassThrough(), () => {});
}

async function shakeHands(child: StartedProcess, steps: (() => Promise<void>)[]): Promise<void> {
  const control = child.control!;
  const lines = createInterface({ input: control })[Symbol.asyncIterator]();
  // Observed below, or by the caller.
  child.ended.catch(() => {});
  for (const step of steps) {
    const line = await lines.next();
    if (line.done === true) {
      const said = child.stderr === null ? '' : (await text(child.stderr)).trim();
      const exitCode = await child.ended;
      throw hostError(
        'SANDBOX_REFUSED',
        `A build root could not be set up: ${said || `exit code ${exitCode}`}`,
        {
          hint: await explainRefusal(),
          docs: 'docs/how-it-works/1-roots.md',
        },
      );
    }
    try {
      await step();
    } catch (error) {
      control.destroy();
      await child.ended.catch(() => {});
      throw error;
    }
    control.write('go\n');
  }
}

/** Looks up what a bind is made of. Throws `BIND_NOT_READABLE` where the sandbox's root could not read it. */
export async function resolveBinds(binds: readonly Bind[], map: IdMap): Promise<readonly ResolvedBind[]> {
  if (binds.length === 0) return [];
  const mounts = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  return await Promise.all(
    binds.map(async (bind) => {
      const source = await realpath(bind.source);
      const facts = await stat(source);
      const isFolder = facts.isDirectory();
      const needed = isFolder ? 0o005 : 0o004;
      // Files of ids that a sandbox of root does not have belong to nobody in it.
      const isForeign = map.privileged && !isMapped(map.uids, facts.uid);
      if (isForeign && (facts.mode & needed) !== needed) {
        throw hostError(
          'BIND_NOT_READABLE',
          `${source} can be read by its owner only (uid ${facts.uid}), whom builds do not run as`,
          {
            hint: `Run: chmod -R a+rX ${source}`,
          },
        );
      }
      return {
        source,
        target: bind.target,
        writable: bind.writable,
        isFolder,
        flags: lockedFlags(mountOf(mounts, source)),
      };
    }),
  );
}
