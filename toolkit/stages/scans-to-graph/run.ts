import type { DependencyGraph } from '../../domain/graph.ts';
import type { GraphInput } from '../../domain/graph-build.ts';
import { buildGraph } from '../../domain/graph-build.ts';
import { formatCycle } from '../../domain/graph-cycles.ts';
import type { Ports } from '../../domain/ports.ts';

/** Builds the graph and tells what was odd about it: broken cycles, cycles left, packages made twice. */
export function scansToGraph(input: GraphInput, ports: Pick<Ports, 'events'>): DependencyGraph {
  const graph = buildGraph(input);
  const tell = (level: 'info' | 'warning', message: string) =>
    ports.events.emit({ type: 'notice.given', level, message });
  for (const { srpm, requirement, provider } of graph.breaks) {
    const giver = provider.kind === 'server' ? provider.repository : provider.package;
    tell(
      'info',
      `${srpm} takes ${requirement} prebuilt from ${giver}, because the local one needs it built first`,
    );
  }
  for (const cycle of graph.cycles) {
    tell('warning', `dependency cycle: ${formatCycle(cycle)}`);
  }
  for (const { nevra, specs } of graph.duplicates) {
    tell('warning', `${nevra} is made by ${specs.join(' and ')}`);
  }
  return graph;
}
