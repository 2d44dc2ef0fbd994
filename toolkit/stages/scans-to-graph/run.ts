import type { CycleBreak, DependencyCycle, DependencyGraph } from '../../domain/graph.ts';
import type { GraphInput } from '../../domain/graph-build.ts';
import { buildGraph } from '../../domain/graph-build.ts';
import { formatCycle } from '../../domain/graph-cycles.ts';
import type { Ports } from '../../domain/ports.ts';

/** Broken cycles that are told one by one. */
const MOST_TOLD = 10;

/** Builds the graph and tells what was odd about it: broken cycles, cycles left, packages made twice. */
export function scansToGraph(input: GraphInput, ports: Pick<Ports, 'events'>): DependencyGraph {
  const graph = buildGraph(input);
  const tell = (level: 'info' | 'warning', message: string) =>
    ports.events.emit({ type: 'notice.given', level, message });
  for (const broken of graph.breaks.slice(0, MOST_TOLD)) {
    tell(broken.provider.kind === 'prebuilt' ? 'warning' : 'info', describeBreak(broken));
  }
  if (graph.breaks.length > MOST_TOLD) {
    tell(
      'info',
      `${graph.breaks.length - MOST_TOLD} more dependencies break cycles; the graph's snapshot lists them`,
    );
  }
  for (const cycle of graph.cycles) {
    tell('warning', `dependency cycle: ${formatCycle(cycle)}`);
    if (cycle.cut.length > 0) {
      tell('warning', describeCut(cycle));
    }
  }
  for (const { nevra, specs } of graph.duplicates) {
    tell('warning', `${nevra} is made by ${specs.join(' and ')}`);
  }
  return graph;
}

function describeBreak({ srpm, package: package_, requirement, provider }: CycleBreak): string {
  const taker = package_ === undefined ? srpm : `${package_}, in build roots,`;
  if (provider.kind === 'prebuilt') {
    return `${taker} needs ${requirement} from a prebuilt ${provider.package}, which no package server has`;
  }
  const giver = provider.kind === 'server' ? provider.repository : provider.package;
  return `${taker} takes ${requirement} prebuilt from ${giver}, because the local one needs it built first`;
}

function describeCut({ srpms, cut }: DependencyCycle): string {
  const steps = cut.map(({ packages, frees }) => `${packages.join(', ')} (frees ${frees})`);
  return `of ${srpms.length} source packages in cycles, these would be freed by prebuilt packages: ${steps.join('; ')}`;
}
