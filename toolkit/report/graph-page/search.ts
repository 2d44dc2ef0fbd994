import type { PageNode } from './data.ts';

/** Nodes whose names hold all words of a query, best first: the very name, its beginning, a word of it. */
export function searchNodes(nodes: readonly PageNode[], query: string, limit: number): readonly PageNode[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found: { readonly node: PageNode; readonly rank: number }[] = [];
  for (const node of nodes) {
    const name = node.name.toLowerCase();
    if (words.every((word) => name.includes(word))) found.push({ node, rank: rankOf(name, words[0]!, node) });
  }
  found.sort(
    (a, b) => a.rank - b.rank || a.node.name.length - b.node.name.length || (a.node.id < b.node.id ? -1 : 1),
  );
  return found.slice(0, limit).map(({ node }) => node);
}

const KIND_RANK = {
  build: 0,
  package: 1,
  failed: 2,
  server: 3,
  prebuilt: 3,
  unresolved: 4,
  seed: 5,
} as const;

function rankOf(name: string, word: string, { kind }: PageNode): number {
  const at = name.indexOf(word);
  const isWord = at === 0 || /[^a-z0-9]/.test(name[at - 1]!);
  const place = name === word ? 0 : at === 0 ? 1 : isWord ? 2 : 3;
  return place * 10 + KIND_RANK[kind];
}
