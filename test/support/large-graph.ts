import type { DependencyGraph } from '../../toolkit/domain/graph.ts';
import { buildGraph } from '../../toolkit/domain/graph-build.ts';
import type { SpecScanResult } from '../../toolkit/domain/spec.ts';
import { scan } from '../domain/graph-fixture.ts';

/** Names and dependencies that try to get out of wherever they are shown. */
export const HOSTILE = [
  '</script><script>globalThis.broken="script"</script>',
  '<img/src=x/onerror=globalThis.broken="img">',
  '"];evil[label="x',
  '\u001b]0;title\u0007\u202eevil',
  "'&quot;--><!--",
] as const;

/**
 * A graph as large as a distribution's: three packages a spec, four nodes in all, and some 13 dependencies.
 * The same in every run. It holds one cycle of two specs, names from `HOSTILE`, and a spec that could not be
 * read.
 */
export function largeGraph(specs: number): DependencyGraph {
  let seed = 42;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
  const some = (count: number, at: number, suffix: string) =>
    at === 0 ? [] : Array.from({ length: count }, () => `pkg-${below(at)}${suffix}`);
  const scans: SpecScanResult[] = Array.from({ length: specs }, (_, at) => {
    const name = `pkg-${at}`;
    return scan(name, {
      needs: ['gcc', ...some(6, at, '-devel'), ...(at % 10 === 0 ? [`nobody(${below(300)})`] : [])],
      packages: {
        [name]: { requires: [`${name}-libs = 1-1`, ...some(1, at, '')] },
        [`${name}-devel`]: { requires: [`${name}-libs = 1-1`], provides: [`pkgconfig(${name}) = 1`] },
        [`${name}-libs`]: { requires: some(2, at, '-libs') },
      },
    });
  });
  scans.push(
    scan('ring-a', { needs: ['ring-b'] }),
    scan('ring-b', { needs: ['ring-a', 'cmake'] }),
    scan('wanting', { needs: HOSTILE }),
    scan('hostile', { packages: Object.fromEntries(HOSTILE.map((name) => [name, {}])) }),
    { spec: 'broken/broken.spec', error: { message: 'no %endif', file: 'broken.spec', line: 7 } },
  );
  const at = { epoch: 0, version: '1', release: '1' };
  return buildGraph({
    scans,
    arch: 'x86_64',
    pools: [
      {
        kind: 'server',
        repository: 'far',
        priority: 50,
        packages: [{ name: 'cmake', evr: at, provides: ['cmake = 1-1'], files: [] }],
      },
      { kind: 'seed', packages: [{ name: 'seed-root', evr: at, provides: ['gcc = 14'], files: [] }] },
    ],
  });
}
