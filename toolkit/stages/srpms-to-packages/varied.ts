import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionKey } from '../../domain/action-key.ts';
import type { Sha256 } from '../../domain/digest.ts';
import type { RpmArtifact } from '../../domain/package.ts';
import type { ActionResult, Bind, Ports } from '../../domain/ports.ts';
import { summarizeFailure } from './failure.ts';
import { buildRoot } from './layer.ts';
import { type BuildInput, rpmbuildArguments, sectionListener, storedPackages, storePackages } from './run.ts';
import type { ErrorSummary, PackagePlan } from './types.ts';

/** Raised when a varied build is run otherwise in a way that the two files below do not show. */
const RECIPE = 'varied-package/1';
const FOLDER = '/build/elsewhere/of-another-length';
const FILES = ['vary.sh', 'shift-clock.c'] as const;

/** How a build in varied conditions ended. */
export type VariedOutcome =
  | {
      readonly kind: 'built' | 'reused';
      readonly packages: readonly RpmArtifact[];
      /** What was otherwise: `clock`, `build folder`, ... */
      readonly varied: readonly string[];
    }
  | { readonly kind: 'failed'; readonly log: string; readonly error: ErrorSummary };

/** The key of a second build: that of the first, with all that decides how the conditions are varied. */
export function variedKey(plan: PackagePlan): Sha256 {
  const files = FILES.map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
  return actionKey(RECIPE, { package: plan.actionKey, folder: FOLDER, files });
}

/** The packages of an earlier build in varied conditions, or undefined. */
export async function cachedVaried(
  plan: PackagePlan,
  ports: Pick<Ports, 'store'>,
): Promise<VariedOutcome | undefined> {
  const cached = await ports.store.action(variedKey(plan));
  return cached === undefined ? undefined : await outcome('reused', plan, cached, ports);
}

/**
 * Builds the packages of one source RPM again, where everything that must not matter is otherwise. They are
 * kept under a key of their own: nothing but a comparison ever sees them. `core` is which processor it gets.
 */
export async function buildVaried(
  input: Omit<BuildInput, 'jobs' | 'because'> & { readonly core: number },
  ports: Ports,
  signal: AbortSignal,
): Promise<VariedOutcome> {
  const { plan } = input;
  const srpm = await ports.store.find(plan.srpm.digest.sha256);
  if (srpm === undefined) throw new Error(`source RPM of ${plan.name} is not in the store`);
  const root = await buildRoot(plan, input.worker, ports, signal);

  await using out = await ports.roots.scratch('varied-');
  const binds: Bind[] = [
    ...['build.sh', ...FILES].map((name) => ({
      source: join(import.meta.dirname, name),
      target: `/build/${name}`,
      writable: false,
    })),
    { source: srpm, target: `/build/in/${plan.srpm.file}`, writable: false },
    { source: out.path, target: '/build/out', writable: true },
  ];
  const build = rpmbuildArguments({ ...input, jobs: 1 }, `${FOLDER}/top`);
  const result = await ports.roots.run(
    root,
    {
      argv: ['/bin/bash', '/build/vary.sh', FOLDER, String(input.core), ...build],
      ...{ binds, log: input.log, onLine: sectionListener(input.onSection) },
    },
    signal,
  );
  if (result.exitCode !== 0) {
    return { kind: 'failed', log: input.log, error: summarizeFailure(result.stdout, result.exitCode) };
  }
  const varied = (await readFile(join(out.path, 'varied'), 'utf8')).trimEnd().split('\n').sort();
  const outputs = await storePackages(out.path, ports, signal);
  const facts = { name: plan.name, durationMs: result.durationMs, varied: varied.join(', ') };
  await ports.store.saveAction(variedKey(plan), { outputs, facts });
  return await outcome('built', plan, { outputs, facts }, ports);
}

async function outcome(
  kind: 'built' | 'reused',
  plan: PackagePlan,
  action: ActionResult,
  ports: Pick<Ports, 'store'>,
): Promise<VariedOutcome> {
  const packages = await storedPackages(plan.name, action, ports);
  return { kind, packages, varied: String(action.facts.varied ?? '').split(', ') };
}
