import { buildError, ToolkitError } from '../domain/errors.ts';
import type { PlanGoal } from '../domain/plan.ts';
import { graphToPlan, type PlanInput } from '../stages/graph-to-plan/index.ts';

/** What of a goal can be planned, and why the rest cannot. */
export interface BuildablePart {
  readonly goal: PlanGoal;
  /** `CAPABILITY_UNRESOLVED`, `GRAPH_CYCLE` or `PREBUILT_MISSING` of each name that was left out. */
  readonly refused: readonly ToolkitError[];
}

const QUIET = { events: { emit: () => {} } };

/**
 * Leaves out the names that cannot be planned, each for itself, so that one name does not hold up the others.
 * A goal that installs something, has one name, or has none that can be planned stays whole: planning it tells
 * what is wrong. Throws `PLAN_UNKNOWN_PACKAGE`.
 */
export function buildablePart(input: PlanInput): BuildablePart {
  const { goal } = input;
  const whole = { goal, refused: [] };
  // Nearly always all can be planned: then it is not asked of each.
  if (goal.install.length > 0 || goal.build.length < 2 || refusal(input) === undefined) return whole;
  const refused: ToolkitError[] = [];
  const build = goal.build.filter((name) => {
    const error = refusal({ ...input, goal: { install: [], build: [name] } });
    if (error !== undefined) refused.push(error);
    return error === undefined;
  });
  return build.length === 0 ? whole : { goal: { install: [], build }, refused };
}

/** Why a goal cannot be planned. */
function refusal(input: PlanInput): ToolkitError | undefined {
  try {
    graphToPlan(input, QUIET);
    return undefined;
  } catch (error) {
    if (error instanceof ToolkitError && error.errorClass === 'build') return error;
    throw error;
  }
}

/** A failure that also tells of the names that were left out. */
export function withRefused(
  failure: ToolkitError | undefined,
  refused: readonly ToolkitError[],
): ToolkitError | undefined {
  if (refused.length === 0) return failure;
  const all = [...(failure === undefined ? [] : [failure]), ...refused];
  const hints = all.flatMap(({ hint }) => (hint === undefined ? [] : [hint]));
  return buildError('PACKAGES_FAILED', [...new Set(all.map(({ message }) => message))].join('\n'), {
    hint: [...new Set(hints)].join(' '),
  });
}
