import { capabilityKind } from '../../domain/capability.ts';
import { buildError } from '../../domain/errors.ts';
import type { BuildPlan } from '../../domain/plan.ts';
import type { Ports } from '../../domain/ports.ts';
import { planBuilds } from './plan.ts';
import type { PlanInput } from './types.ts';

/** Kinds of capabilities that may turn up once a package has been built. */
const REVEALED_BY_BUILDS = new Set(['soname', 'pkgconfig', 'language', 'config', 'file', 'account']);

/**
 * Plans, and refuses a plan that cannot work: throws
 * `CAPABILITY_UNRESOLVED` for what nobody provides and no build can reveal.
 */
export function graphToPlan(input: PlanInput, ports: Pick<Ports, 'events'>): BuildPlan {
  const plan = planBuilds(input);
  const hopeless = plan.unresolved.filter(({ capability }) => !REVEALED_BY_BUILDS.has(kindOf(capability)));
  if (hopeless.length > 0) {
    const list = hopeless.map(
      ({ capability, wantedBy }) => `  ${capability} (wanted by ${wantedBy.join(', ')})`,
    );
    throw buildError('CAPABILITY_UNRESOLVED', `Nobody provides what is needed:\n${list.join('\n')}`, {
      hint: 'Add a spec that provides it, or name a package server that does (PACKAGE_URL_LIST).',
    });
  }
  for (const { capability, wantedBy } of plan.unresolved) {
    const message = `${capability} has no known provider yet (wanted by ${wantedBy.join(', ')})`;
    ports.events.emit({ type: 'notice.given', level: 'warning', message });
  }
  return plan;
}

function kindOf(capability: string): string {
  return capabilityKind(capability.split(' ', 1)[0]!);
}
