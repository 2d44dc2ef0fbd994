import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RpmArtifact } from '../../domain/package.ts';
import type { ActionResult, Bind, Ports, Root } from '../../domain/ports.ts';
import { type Target, targetDefines } from '../../domain/target.ts';
import { byCodeUnit } from '../../domain/text.ts';
import { readRpmFile } from './artifact.ts';
import { summarizeFailure } from './failure.ts';
import { buildRoot } from './layer.ts';
import type { BuildOutcome, PackagePlan } from './types.ts';

/** Where a build unpacks and compiles, in its root. */
const TOP_DIR = '/build/top';

export interface BuildInput {
  readonly plan: PackagePlan;
  readonly worker: Root;
  readonly target: Target;
  /** File for the whole output of rpmbuild. */
  readonly log: string;
  /** `-j` of this build. */
  readonly jobs: number;
  /** Why it is built, in words; for its outcome. */
  readonly because: string;
  /** Told about the section that rpmbuild runs (`%build`). */
  readonly onSection: (section: string) => void;
}

/** The packages of an earlier build of the same plan, or undefined. */
export async function cachedPackages(
  plan: PackagePlan,
  ports: Ports,
): Promise<Extract<BuildOutcome, { kind: 'reused' }> | undefined> {
  const cached = await ports.store.action(plan.actionKey);
  if (cached === undefined) return undefined;
  return { kind: 'reused', ...(await ended(plan, cached, ports)) };
}

/**
 * Builds the packages of one source RPM in a fresh root without a network. A build that fails is an
 * outcome; what is thrown are faults of the host.
 */
export async function buildPackages(
  input: BuildInput,
  ports: Ports,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const { plan } = input;
  const srpm = await ports.store.find(plan.srpm.digest.sha256);
  if (srpm === undefined) throw new Error(`source RPM of ${plan.name} is not in the store`);
  const root = await buildRoot(plan, input.worker, ports, signal);

  await using out = await ports.roots.scratch('rpms-');
  const binds: Bind[] = [
    { source: join(import.meta.dirname, 'build.sh'), target: '/build/build.sh', writable: false },
    { source: srpm, target: `/build/in/${plan.srpm.file}`, writable: false },
    { source: out.path, target: '/build/out', writable: true },
  ];
  const result = await ports.roots.run(
    root,
    {
      argv: rpmbuildArguments(input, TOP_DIR),
      binds,
      log: input.log,
      onLine: sectionListener(input.onSection),
    },
    signal,
  );
  if (result.exitCode !== 0) {
    const error = summarizeFailure(result.stdout, result.exitCode);
    return { kind: 'failed', name: plan.name, log: input.log, error, durationMs: result.durationMs };
  }

  const outputs = await storePackages(out.path, ports, signal);
  const action: ActionResult = { outputs, facts: { name: plan.name, durationMs: result.durationMs } };
  await ports.store.saveAction(plan.actionKey, action);
  return { kind: 'built', ...(await ended(plan, action, ports)), because: input.because };
}

/** Everything that a root runs to build; `topDir` is where rpmbuild unpacks and compiles. */
export function rpmbuildArguments(
  input: Pick<BuildInput, 'plan' | 'jobs' | 'target'>,
  topDir: string,
): [string, ...string[]] {
  const { runCheck } = input.plan;
  return [
    '/bin/bash',
    '/build/build.sh',
    `/build/in/${input.plan.srpm.file}`,
    ...(runCheck ? [] : ['--nocheck']),
    '--define',
    `_topdir ${topDir}`,
    '--define',
    '_rpmdir /build/out',
    '--define',
    '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm',
    '--define',
    `_smp_build_ncpus ${input.jobs}`,
    '--define',
    `with_check ${runCheck ? 1 : 0}`,
    ...targetDefines(input.target),
  ];
}

export function sectionListener(onSection: (section: string) => void): (line: string) => void {
  return (line) => {
    const section = /^Executing\((%\w+)\)/.exec(line)?.[1];
    if (section !== undefined) onSection(section);
  };
}

async function ended(plan: PackagePlan, action: ActionResult, ports: Ports) {
  const packages = await storedPackages(plan.name, action, ports);
  return { name: plan.name, packages, durationMs: Number(action.facts.durationMs ?? 0) };
}

/** The packages that an action gave. */
export async function storedPackages(
  name: string,
  action: ActionResult,
  ports: Pick<Ports, 'store'>,
): Promise<readonly RpmArtifact[]> {
  const packages: RpmArtifact[] = [];
  for (const { digest } of action.outputs) {
    const path = await ports.store.find(digest.sha256);
    if (path === undefined) throw new Error(`a package of ${name} is not in the store`);
    packages.push({ path, digest, header: await readRpmFile(path) });
  }
  return packages;
}

/** Puts the packages of a finished build into the store. */
export async function storePackages(
  folder: string,
  ports: Pick<Ports, 'store'>,
  signal: AbortSignal,
): Promise<ActionResult['outputs']> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.rpm')).sort(byCodeUnit);
  const outputs = [];
  for (const name of files)
    outputs.push({ name, digest: await ports.store.putFile(join(folder, name), signal) });
  return outputs;
}
