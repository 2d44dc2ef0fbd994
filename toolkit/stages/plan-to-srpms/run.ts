import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildError } from '../../domain/errors.ts';
import type { Bind, Ports, Root } from '../../domain/ports.ts';
import { type Target, targetDefines } from '../../domain/target.ts';
import { lastLines } from '../../domain/text.ts';
import { srpmContents } from './plan.ts';
import type { Srpm, SrpmPlan } from './types.ts';

/** Where the planned files lie on the host, by name; called only when the source RPM is not cached. */
export type LocateFiles = (signal: AbortSignal) => Promise<ReadonlyMap<string, string>>;

export interface PackInput {
  readonly plan: SrpmPlan;
  readonly specPath: string;
  readonly root: Root;
  readonly target: Target;
  readonly log: string;
}

/**
 * Packs a source RPM, or takes it from the store. Throws `SRPM_FAILED` with the last lines of rpmbuild.
 */
export async function packSrpm(
  input: PackInput,
  locate: LocateFiles,
  ports: Ports,
  signal: AbortSignal,
): Promise<Srpm> {
  const { plan } = input;
  const cached = await cachedSrpm(plan, ports);
  if (cached !== undefined) return cached;
  await using _lock = await ports.locks.acquire(`action-${plan.actionKey}`, signal);
  const packedMeanwhile = await cachedSrpm(plan, ports);
  if (packedMeanwhile !== undefined) return packedMeanwhile;

  const files = await locate(signal);
  await using out = await ports.roots.scratch('srpm-');
  const result = await ports.roots.run(
    input.root,
    {
      argv: ['/bin/bash', '/build/pack.sh', plan.specFile, ...targetDefines(input.target)],
      binds: [
        { source: join(import.meta.dirname, 'pack.sh'), target: '/build/pack.sh', writable: false },
        { source: input.specPath, target: `/build/in/${plan.specFile}`, writable: false },
        ...sourceBinds(plan, files),
        { source: out.path, target: '/build/out', writable: true },
      ],
      log: input.log,
    },
    signal,
  );
  const made = (await readdir(out.path)).filter((name) => name.endsWith('.src.rpm')).sort();
  const file = made[0];
  if (result.exitCode !== 0 || file === undefined || made.length > 1) {
    throw buildError('SRPM_FAILED', `cannot pack ${plan.name}: ${lastLines(result.stderr, 5)}`, {
      hint: `The whole log is in ${input.log}.`,
    });
  }
  const digest = await ports.store.putFile(join(out.path, file), signal);
  await ports.store.saveAction(plan.actionKey, {
    outputs: [{ name: file, digest }],
    facts: { durationMs: result.durationMs },
  });
  return { name: plan.name, file, digest, contents: srpmContents(plan), reused: false };
}

/** The source RPM of an earlier run of the same plan, or undefined. */
export async function cachedSrpm(plan: SrpmPlan, ports: Pick<Ports, 'store'>): Promise<Srpm | undefined> {
  const hit = (await ports.store.action(plan.actionKey))?.outputs[0];
  if (hit === undefined) return undefined;
  return {
    name: plan.name,
    file: hit.name,
    digest: hit.digest,
    contents: srpmContents(plan),
    reused: true,
  };
}

function sourceBinds(plan: SrpmPlan, files: ReadonlyMap<string, string>): Bind[] {
  return plan.files.map(({ file }) => {
    const source = files.get(file);
    if (source === undefined) throw new Error(`no path for the planned file ${file}`);
    return { source, target: `/build/in/sources/${file}`, writable: false };
  });
}
