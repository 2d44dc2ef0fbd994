/** What the page is given: the graph in short. Written by report/graph/page-data.ts. */
export interface PageData {
  readonly goal: string;
  /** Paths of specs. */
  readonly specs: readonly string[];
  /** Dependencies as rpm writes them. */
  readonly texts: readonly string[];
  /** Kind, state, whether it is in a cycle (1), name, what else is to be said, index of its spec or -1. */
  readonly nodes: readonly (readonly [number, number, number, string, string, number])[];
  /** For each node its edges, flat: node, index of the text or -1, and marks (see `MARKS`). */
  readonly edges: readonly (readonly number[])[];
  readonly cycles: readonly {
    readonly nodes: readonly number[];
    readonly size: number;
    /** Dependencies to cut, in words; empty where none is known. */
    readonly advice: string;
  }[];
}

export const KINDS = ['build', 'package', 'server', 'prebuilt', 'seed', 'unresolved', 'failed'] as const;
export type Kind = (typeof KINDS)[number];

export const STATES = [
  'build',
  'reuse',
  'unneeded',
  'server',
  'prebuilt',
  'seed',
  'unresolved',
  'failed',
] as const;
export type State = (typeof STATES)[number];

/** Bits that tell of an edge. */
export const MARKS = { madeBy: 1, conditional: 2, predicted: 4 } as const;

/** All dependencies of one node on another. */
export interface Link {
  readonly from: PageNode;
  readonly to: PageNode;
  readonly texts: string[];
  isMadeBy: boolean;
  /** Whether only conditions, or only predictions, lead there. */
  isConditional: boolean;
  isPredicted: boolean;
}

export interface PageNode {
  readonly id: string;
  readonly kind: Kind;
  readonly state: State;
  readonly inCycle: boolean;
  readonly name: string;
  /** Version, release and architecture; of others the repository or the error. */
  readonly about: string;
  /** Path of the spec; empty for what is not made here. */
  readonly spec: string;
  /** What it needs, in the order in which it is written. */
  readonly needs: Link[];
  /** Who needs it, by name. */
  readonly users: Link[];
  /** Whether somebody relies on a prediction that it provides something. */
  isPredicted: boolean;
}

export interface PageGraph {
  readonly goal: string;
  readonly nodes: readonly PageNode[];
  readonly byId: ReadonlyMap<string, PageNode>;
  readonly cycles: readonly {
    readonly nodes: readonly PageNode[];
    readonly size: number;
    readonly advice: string;
  }[];
}

/** The graph that the data stands for. */
export function readPageData(data: PageData): PageGraph {
  const nodes = data.nodes.map(([kind, state, inCycle, name, about, spec]): PageNode => {
    const path = data.specs[spec] ?? '';
    return {
      id: nodeId(KINDS[kind]!, name, about, path),
      kind: KINDS[kind]!,
      state: STATES[state]!,
      inCycle: inCycle === 1,
      name,
      about,
      spec: path,
      needs: [],
      users: [],
      isPredicted: false,
    };
  });
  for (const [at, from] of nodes.entries()) readLinks(from, data.edges[at]!, nodes, data.texts);
  for (const node of nodes) node.users.sort((a, b) => (a.from.name < b.from.name ? -1 : 1));
  const cycles = data.cycles.map((cycle) => ({ ...cycle, nodes: cycle.nodes.map((node) => nodes[node]!) }));
  return { goal: data.goal, nodes, byId: new Map(nodes.map((node) => [node.id, node])), cycles };
}

/** As the rest of distrokit names nodes. */
function nodeId(kind: Kind, name: string, about: string, spec: string): string {
  switch (kind) {
    case 'build':
    case 'failed':
      return spec;
    case 'package':
      return `${spec}#${name}`;
    case 'server':
      return `server://${about}/${name}`;
    case 'prebuilt':
      return `prebuilt://${name}`;
    case 'seed':
      return `seed://${name}`;
    case 'unresolved':
      return `nobody://${name}`;
  }
}

function readLinks(
  from: PageNode,
  edges: readonly number[],
  nodes: readonly PageNode[],
  texts: readonly string[],
): void {
  const links = new Map<PageNode, Link>();
  for (let at = 0; at < edges.length; at += 3) {
    const to = nodes[edges[at]!]!;
    const marks = edges[at + 2]!;
    let link = links.get(to);
    if (link === undefined) {
      link = { from, to, texts: [], isMadeBy: false, isConditional: true, isPredicted: true };
      links.set(to, link);
      from.needs.push(link);
      to.users.push(link);
    }
    const text = texts[edges[at + 1]!];
    if (text !== undefined) link.texts.push(text);
    link.isMadeBy ||= (marks & MARKS.madeBy) !== 0;
    link.isConditional &&= (marks & MARKS.conditional) !== 0;
    link.isPredicted &&= (marks & MARKS.predicted) !== 0;
    if ((marks & MARKS.predicted) !== 0) to.isPredicted = true;
  }
}
