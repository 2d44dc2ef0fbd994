import type { DependencyGraph } from '../../domain/graph.ts';
import type { PlanGoal } from '../../domain/plan.ts';

export interface PlanInput {
  readonly graph: DependencyGraph;
  readonly goal: PlanGoal;
  /** False: nothing is built; everything has to come from package servers. */
  readonly rebuild: boolean;
  /** Milliseconds of earlier builds, by name of the source package. */
  readonly durations: ReadonlyMap<string, number>;
}
