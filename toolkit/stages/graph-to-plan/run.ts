import { capabilityKind } from '../../domain/capability.ts';
import { buildError, type ToolkitError } from '../../domain/errors.ts';
import type { CycleCut } from '../../domain/graph.ts';
import type { BuildPlan } from '../../domain/plan.ts';
import type { Ports } from '../../domain/ports.ts';
import { planBuilds } from './plan.ts';
import type { PlanInput } from './types.ts';

/** Kinds of capabilities that may turn up once a package has been built. */
const REVEALED_BY_BUILDS = new Set(['soname', 'pkgconfig', 'language', 'config', 'file', 'account']);

/**
 * Plans, and refuses a plan that cannot work: throws `GRAPH_CYCLE` when builds wait for each other,
 * `CAPABILITY_UNRESOLVED` for what nobody provides and no build can reveal, and `PREBUILT_MISSING` for what
 * breaks a cycle but is not to be had.
 */
export function graphToPlan(input: PlanInput, ports: Pick<Ports, 'events'>): BuildPlan {
  const plan = planBuilds(input);
  const cycles = buildCycleError(plan);
  if (cycles !== undefined) throw cycles;
  const hopeless = plan.unresolved.filter(({ capability }) => !REVEALED_BY_BUILDS.has(kindOf(capability)));
  if (hopeless.length > 0) {
    const list = hopeless.map(
      ({ capability, wantedBy }) => `  ${capability} (wanted by ${wantedBy.join(', ')})`,
    );
    throw buildError('CAPABILITY_UNRESOLVED', `Nobody provides what is needed:\n${list.join('\n')}`, {
      hint: 'Add a spec that provides it, or name a package server that does (PACKAGE_URL_LIST).',
    });
  }
  if (plan.prebuilt.length > 0) {
    const list = plan.prebuilt.map(
      ({ capability, provider, wantedBy }) =>
        `  ${provider.package}, for ${capability} (wanted by ${wantedBy.join(', ')})`,
    );
    throw buildError('PREBUILT_MISSING', `These have to be prebuilt, to break cycles:\n${list.join('\n')}`, {
      hint: 'Name a package server that has them (PACKAGE_URL_LIST).',
    });
  }
  for (const { capability, wantedBy } of plan.unresolved) {
    const message = `${capability} has no known provider yet (wanted by ${wantedBy.join(', ')})`;
    ports.events.emit({ type: 'notice.given', level: 'warning', message });
  }
  return plan;
}

/** `GRAPH_CYCLE`, with a shortest cycle of each tangle, when builds of a plan wait for each other. */
export function buildCycleError({ cycles }: Pick<BuildPlan, 'cycles'>): ToolkitError | undefined {
  if (cycles.length === 0) return undefined;
  const told = cycles.map(({ srpms, text }) => {
    return `${srpms.length} source package(s) need each other to be built: ${text}`;
  });
  return buildError('GRAPH_CYCLE', told.join('\n'), {
    hint: cutHint(cycles.flatMap(({ cut }) => cut)),
  });
}

/** Which packages to have prebuilt; what frees most first. */
function cutHint(cuts: readonly CycleCut[]): string {
  if (cuts.length === 0) {
    return 'Let a package server provide one of them prebuilt, or remove one of these dependencies.';
  }
  const told = cuts.map(({ packages, frees }) => `${packages.join(', ')} (frees ${frees})`);
  return `All could be built if a package server had these prebuilt: ${told.join('; ')}.`;
}

function kindOf(capability: string): string {
  return capabilityKind(capability.split(' ', 1)[0]!);
}
