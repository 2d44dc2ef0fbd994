import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKOUT } from '../../support/checkout.ts';
import { stageSeconds } from '../../support/events.ts';
import { type Calibration, median } from '../measure.ts';
import { against, inform, type Row, within } from '../table.ts';
import { type Cost, costOf } from './cost.ts';
import { originalCost, sixRpmspec } from './original.ts';
import { openScanRoom } from './room.ts';
import { openWorkload, sampleSpecs } from './workload.ts';

/** Specs that peers are asked about: they take an hour for all. */
const SAMPLE_SIZE = 150;

export interface ScanBench {
  /** A folder of its own. */
  readonly home: string;
  readonly cache: string;
  /** A tree to scan; a generated one where it is undefined. */
  readonly tree: string | undefined;
  readonly calibrate: () => Calibration;
  readonly tell: (row: Row) => void;
  readonly say: (text: string) => void;
}

/** Scanning and graphing a whole distribution: against figures, and against how the original does it. */
export async function scanRows(bench: ScanBench): Promise<void> {
  const { home, tell, say } = bench;
  const workload = await openWorkload(home, bench.tree);
  const distrokit = async (...words: readonly string[]): Promise<Cost> =>
    await costOf(
      ['toolkit/distrokit', ...words],
      // 1: cycles that nothing breaks; 2: specs that could not be read. All else is done.
      {
        cwd: CHECKOUT,
        env: {
          ...{ DISTROKIT_CACHE: bench.cache, OUT_DIR: join(home, 'out') },
          ...{ DISTRO: workload.distro, SPECS_DIR: workload.specsDir },
        },
        accepted: [0, 1, 2],
      },
    );
  // Roots are made before: they are no part of a scan.
  await using room = await openScanRoom(workload, bench.cache);

  const { cpuFactor } = bench.calibrate();
  const cold = await distrokit('scan');
  const specs = cold.stdout.split('\n').filter((line) => line.startsWith('{"spec":')).length;
  if (specs === 0) throw new Error(`no spec of ${workload.title} was scanned`);
  tell(within(`${specs} specs, cold scan`, 'CPU s', cold.cpuSeconds, 30, cpuFactor));
  tell(inform('the same, wall', 's', cold.seconds));

  await distrokit('graph', '--json');
  const { factor } = bench.calibrate();
  const idle = [await distrokit('graph', '--json'), await distrokit('graph', '--json')];
  idle.push(await distrokit('graph', '--json'));
  tell(
    within(
      'nothing changed: scan',
      's',
      median(idle.map((one) => stageSeconds(one.stdout, 'scan'))),
      0.5,
      factor,
    ),
  );
  const resolved = median(idle.map((one) => stageSeconds(one.stdout, 'graph')));
  tell(within('graph resolved', 's', resolved, 1, factor));
  tell(inform('nothing changed: the whole command', 's', median(idle.map(({ seconds }) => seconds))));
  const sample = await sampleSpecs(workload.sampled, SAMPLE_SIZE);
  await appendFile(join(workload.sampled, sample[sample.length >> 1]!), '\n# one more line\n');
  const touched = await distrokit('graph', '--json');
  tell(
    within(
      'one spec touched: scan and graph',
      's',
      stageSeconds(touched.stdout, 'scan') + stageSeconds(touched.stdout, 'graph'),
      1.5,
      factor,
    ),
  );
  const peak = Math.max(...[cold, touched, ...idle].map(({ peakMib }) => peakMib));
  tell(within('peak memory, all processes', 'MiB', peak, 700, 1));

  const ours = (cold.cpuSeconds / specs) * 1000;
  const graphed = (resolved / specs) * 1000;
  const six = ((await sixRpmspec(room, sample)) / sample.length) * 1000;
  tell(against(`CPU a spec / six rpmspec (of ${sample.length})`, 'ms', ours, six, 1 / 14));
  const original =
    workload.tree === undefined
      ? 'TREE names no checkout of it'
      : await originalCost(room, workload.tree, sample, home);
  if (typeof original === 'string') {
    say(`skipped: the original's own specreader and grapher: ${original}`);
    return;
  }
  const each = (seconds: number) => (seconds / sample.length) * 1000;
  const of = `(of ${sample.length})`;
  tell(
    against(`CPU a spec / the original's specreader ${of}`, 'ms', ours, each(original.specreader), 1 / 14),
  );
  tell(against(`graph, a spec / the original's grapher ${of}`, 'ms', graphed, each(original.grapher), 1));
}
