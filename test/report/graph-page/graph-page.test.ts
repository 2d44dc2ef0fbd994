import { describe, expect, it } from 'vitest';
import { graphDocument } from '../../../toolkit/domain/answers/document.ts';
import { pageData } from '../../../toolkit/report/graph/page-data.ts';
import { readPageData } from '../../../toolkit/report/graph-page/data.ts';
import { nodeTowards } from '../../../toolkit/report/graph-page/keys.ts';
import { BOX, type Layout, layOut } from '../../../toolkit/report/graph-page/layout.ts';
import { sceneOf } from '../../../toolkit/report/graph-page/scene.ts';
import { searchNodes } from '../../../toolkit/report/graph-page/search.ts';
import {
  close,
  emptyView,
  openMore,
  pick,
  readFragment,
  type View,
  viewOfCycle,
  viewOfNode,
  writeFragment,
} from '../../../toolkit/report/graph-page/view.ts';
import { largeGraph } from '../../support/large-graph.ts';

const graph = readPageData(pageData(graphDocument(largeGraph(300), { goal: 'all', states: new Map() })));
const node = (id: string) => graph.byId.get(id)!;
const build = node('pkg-20/pkg-20.spec');

function ids(view: View): string[] {
  return [...sceneOf(view, []).twigs.keys()].map(({ id }) => id);
}

describe('search', () => {
  it('finds the very name first, then beginnings, then words, then anything', () => {
    const names = searchNodes(graph.nodes, 'pkg-2', 500).map(({ name, kind }) => `${kind} ${name}`);
    expect(names.slice(0, 2)).toEqual(['build pkg-2', 'package pkg-2']);
    expect(names[2]).toBe('build pkg-20');
    expect(searchNodes(graph.nodes, '  ', 5)).toEqual([]);
    expect(searchNodes(graph.nodes, 'PKG-7 libs', 50).map(({ name }) => name)).toContain('pkg-7-libs');
    expect(searchNodes(graph.nodes, 'pkg', 7)).toHaveLength(7);
  });
});

describe('a view', () => {
  it('of a node shows what it needs and who needs it', () => {
    const shown = ids(viewOfNode(build));
    expect(shown[0]).toBe('pkg-20/pkg-20.spec');
    expect(shown).toContain('pkg-20/pkg-20.spec#pkg-20-devel');
    expect(shown).toContain('seed://gcc');
  });

  it('opens more of a side step by step, and closes it', () => {
    const gcc = node('seed://gcc');
    const root = { ...emptyView, roots: [gcc] };
    const some = openMore(root, gcc, 'users');
    expect(ids(some)).toHaveLength(11);
    expect(sceneOf(some, []).twigs.get(gcc)!.hidden).toEqual({ needs: 0, users: 290 });
    expect(ids(openMore(some, gcc, 'users'))).toHaveLength(31);
    expect(ids(close(some, gcc, 'users'))).toEqual(['seed://gcc']);
  });

  it('takes in one neighbour without the others', () => {
    const gcc = node('seed://gcc');
    const view = pick({ ...emptyView, roots: [gcc] }, gcc, 'users', build, false);
    expect(ids(view)).toEqual(['seed://gcc', build.id]);
    expect(view.selected).toBe(build);
    expect(pick(view, gcc, 'users', build, true).opened).toBe(view.opened);
  });

  it('comes back from its fragment as it was', () => {
    const gcc = node('seed://gcc');
    const views = [
      viewOfNode(build),
      openMore(viewOfNode(build), gcc, 'users'),
      pick(viewOfNode(build), gcc, 'users', node('pkg-3/pkg-3.spec'), false),
      viewOfCycle(graph, 0),
    ];
    for (const view of views) expect(readFragment(writeFragment(view), graph)).toEqual(view);
  });

  it.each([
    '',
    'show=',
    'show=gone',
    'cycle=99',
    'cycle=-1',
    'show=%E0%A4%A',
    '&&=',
    'open=x:n5',
    'show=gone&open=:n1',
  ])('is the empty one for the fragment %j', (fragment) => {
    expect(readFragment(fragment, graph)).toEqual(emptyView);
  });

  it('leaves out what the graph does not have any more', () => {
    const fragment = `show=${encodeURIComponent(build.id)}&open=gone:n5,${encodeURIComponent(build.id)}:n2+gone&at=gone`;
    expect(readFragment(fragment, graph)).toEqual({
      ...{ roots: [build], selected: undefined, cycle: undefined },
      opened: [{ node: build, side: 'needs', limit: 2, picked: [] }],
    });
  });
});

describe('the layout', () => {
  function overlaps({ nodes }: Layout): string[] {
    const all = [...nodes];
    return all.flatMap(([a, one], at) =>
      all.slice(at + 1).flatMap(([b, other]) => {
        const apart = Math.abs(one.x - other.x) >= BOX.width || Math.abs(one.y - other.y) >= BOX.height;
        return apart ? [] : [`${a.id} on ${b.id}`];
      }),
    );
  }

  it('puts needs to the right, users to the left, and nothing onto anything else', () => {
    let view = viewOfNode(build);
    for (const { id } of [...sceneOf(view, []).twigs.keys()].slice(0, 8)) {
      view = openMore(openMore(view, node(id), 'needs'), node(id), 'users');
    }
    const scene = sceneOf(view, []);
    const layout = layOut(scene, undefined);
    expect(layout.nodes.size).toBe(scene.twigs.size);
    expect(layout.nodes.size).toBeGreaterThan(60);
    expect(overlaps(layout)).toEqual([]);
    const middle = layout.nodes.get(build)!;
    expect(scene.roots[0]!.needs.every(({ node: one }) => layout.nodes.get(one)!.x > middle.x)).toBe(true);
    expect(scene.roots[0]!.users.every(({ node: one }) => layout.nodes.get(one)!.x < middle.x)).toBe(true);
  });

  it.each(['wide', 'tall'] as const)('makes a %s ring of a cycle, all of whose edges are marked', (shape) => {
    const cycle = graph.cycles[0]!.nodes;
    const scene = sceneOf(viewOfCycle(graph, 0), cycle);
    expect(scene.cycle.size).toBe(cycle.length);
    const layout = layOut(scene, shape);
    expect(overlaps(layout)).toEqual([]);
    const opened = openMore(openMore(viewOfCycle(graph, 0), cycle[1]!, 'users'), cycle[1]!, 'needs');
    expect(overlaps(layOut(sceneOf(opened, cycle), shape))).toEqual([]);
  });

  it.each([2, 3, 5, 12, 60])('keeps the nodes of a ring of %i apart', (count) => {
    const roots = graph.nodes
      .slice(0, count)
      .map((one) => ({ node: one, needs: [], users: [], hidden: { needs: 0, users: 0 } }));
    const scene = { roots, twigs: new Map(), links: [], cycle: new Set<never>() };
    for (const shape of ['wide', 'tall'] as const) expect(overlaps(layOut(scene, shape))).toEqual([]);
  });

  it('tells keys which node is next', () => {
    const scene = sceneOf(viewOfNode(build), []);
    const layout = layOut(scene, undefined);
    const right = nodeTowards(layout, build, 'right')!;
    expect(scene.roots[0]!.needs.map((twig) => twig.node)).toContain(right);
    expect(nodeTowards(layout, right, 'left')).toBe(build);
    expect(nodeTowards(layout, build, 'up')).toBeUndefined();
  });
});
