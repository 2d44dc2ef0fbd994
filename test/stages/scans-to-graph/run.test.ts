import { describe, expect, it } from 'vitest';
import type { ToolkitEvent } from '../../../toolkit/domain/events.ts';
import { seedPool, serverPool } from '../../../toolkit/domain/pools.ts';
import { graphSnapshot, scansToGraph } from '../../../toolkit/stages/scans-to-graph/index.ts';
import { scan } from '../../domain/graph-fixture.ts';

describe('scansToGraph', () => {
  it('tells of broken cycles, of cycles left and of packages made twice', () => {
    const events: ToolkitEvent[] = [];
    const scans = [
      scan('elf', { needs: ['elf-devel'], packages: { 'elf-devel': {} } }),
      scan('a', { needs: ['b'] }),
      scan('b', { needs: ['a'] }),
      scan('x'),
      scan('x', { spec: 'y/x.spec' }),
    ];
    scansToGraph(
      { scans, arch: 'x86_64', pools: [seedPool(['elf-devel'])] },
      { events: { emit: (one) => events.push(one) } },
    );
    expect(events.map((event) => 'message' in event && event.message)).toEqual([
      'elf/elf.spec takes elf-devel prebuilt from seed-root, because the local one needs it built first',
      'dependency cycle: a/a.spec -(b)-> b/b.spec#b -(built by)-> b/b.spec -(a)-> a/a.spec#a -(built by)-> a/a.spec',
      'of 2 source packages in cycles, these would be freed by prebuilt packages: a (frees 2)',
      'x-1-1.x86_64 is made by x/x.spec and y/x.spec',
    ]);
  });

  it('finds what a package server has by provides, epochs and files', () => {
    const served = {
      name: 'lib',
      epoch: 2,
      version: '1',
      release: '1',
      provides: [{ name: 'lib', flags: 'EQ', epoch: '2', version: '1', release: '1' }] as const,
      files: [{ path: '/usr/bin/lib', type: 'file' }] as const,
    };
    const user = scan('user', { needs: ['lib > 1:9', '/usr/bin/lib'] });
    const graph = scansToGraph(
      { scans: [user], arch: 'x86_64', pools: [serverPool('far', 1, [served])] },
      { events: { emit: () => {} } },
    );
    expect(graph.unresolved).toEqual([]);
  });
});

describe('graphSnapshot', () => {
  it('is plain sorted data, the same for any order of input', () => {
    const scans = [scan('b', { needs: ['a', '(gone if a)'] }), scan('a')];
    const snapshot = (list: typeof scans) =>
      JSON.stringify(
        graphSnapshot(
          scansToGraph({ scans: list, arch: 'x86_64', pools: [] }, { events: { emit: () => {} } }),
        ),
      );
    expect(snapshot(scans.toReversed())).toBe(snapshot(scans));
    expect(JSON.parse(snapshot(scans)).builds).toHaveLength(2);
  });
});
