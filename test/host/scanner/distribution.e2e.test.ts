import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DependencyGraph } from '../../../toolkit/domain/graph.ts';
import { buildGraph } from '../../../toolkit/domain/graph-build.ts';
import { formatCycle } from '../../../toolkit/domain/graph-cycles.ts';
import { isScanFailure, type SpecScanResult } from '../../../toolkit/domain/spec.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { BUILD_CYCLES, generateDistribution, SCC_SIZE } from '../../support/distribution/generate.ts';
import { openTestHost } from '../../support/host.ts';
import { scanFolder, sharedFolder, TARGET } from './real-host.ts';

const signal = new AbortController().signal;
const COUNT = 700;

describe('a large distribution with every oddity', () => {
  let host: Host;
  let folder: string;
  let results: ReadonlyMap<string, SpecScanResult>;
  let graph: DependencyGraph;

  beforeAll(async () => {
    host = await openTestHost();
    folder = await sharedFolder('specs-');
    const { files, macros } = generateDistribution(1, COUNT);
    for (const [path, text] of files) {
      await mkdir(dirname(join(folder, 'specs', path)), { recursive: true });
      await writeFile(join(folder, 'specs', path), text);
    }
    const source = join(folder, 'macros.generated');
    await writeFile(source, macros);
    const name = 'macros.generated';
    const macroFiles = [{ name, source, target: `/usr/lib/rpm/macros.d/${name}` }];
    const worker = await host.roots.base('worker', signal);
    results = await scanFolder(join(folder, 'specs'), host, worker, {}, signal, macroFiles);
    graph = buildGraph({ scans: [...results.values()], arch: TARGET.arch, pools: [] });
  });
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await host?.[Symbol.asyncDispose]();
  });

  const specsOf = (nodes: readonly string[]) => new Set(nodes.map((node) => node.replace(/#.*/, ''))).size;

  it('is read whole', () => {
    expect([...results.values()].filter(isScanFailure)).toEqual([]);
    expect(results.size).toBe(COUNT);
    expect(graph.builds.size + graph.excluded.length).toBe(COUNT);
    expect(graph.excluded.length).toBeGreaterThan(0);
  });

  it('shows its strongly connected component of 500, its small cycles, and no others', () => {
    const sizes = graph.cycles.map(({ nodes }) => specsOf(nodes)).toSorted((a, b) => a - b);
    expect(sizes).toEqual([1, ...BUILD_CYCLES, SCC_SIZE]);
    const itself = graph.cycles.find(({ nodes }) => specsOf(nodes) === 1);
    expect(itself && formatCycle(itself)).toMatch(/^self-needing\/self-needing.spec -\(self-needing\)-> /);
  });

  it('tells of the package that two specs of one name make', () => {
    expect(graph.duplicates).toEqual([
      {
        nevra: 'one-nevra-7-1.noarch',
        specs: ['twice-named-again/twice-named.spec', 'twice-named/twice-named.spec'],
      },
    ]);
  });

  it('leaves nothing unresolved that its own packages provide', () => {
    const provided = graph.unresolved.filter(({ capability }) =>
      /^(lib|kernel|python-|self-)/.test(capability),
    );
    expect(provided).toEqual([]);
  });
});
