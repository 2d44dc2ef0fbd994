import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageError } from '../../toolkit/domain/errors.ts';
import { defaultCacheDir } from '../../toolkit/host/host.ts';
import { CHECKOUT } from '../support/checkout.ts';
import { must } from '../support/shell.ts';
import { coreRows } from './core.ts';
import { diskRows } from './disk.ts';
import { imageRows } from './images.ts';
import { type Calibration, calibrate, REFERENCE } from './measure.ts';
import { packageRows } from './packages.ts';
import { scanRows } from './scan/rows.ts';
import { formatTable, type Row } from './table.ts';

const OUT = join(CHECKOUT, 'out');
const { BENCH = '', TREE = '', CONFIG = 'configs/core-efi.yaml' } = process.env;

if (!['', 'packages', 'scan', 'images', 'core'].includes(BENCH)) {
  throw usageError(
    'VARIABLE_INVALID',
    `BENCH is '${BENCH}'; it takes packages, scan, images, core (hours) or nothing for the first three`,
  );
}
const home = await mkdtemp(join(process.env.DISTROKIT_BENCH_DIR ?? tmpdir(), 'distrokit-bench-'));
try {
  await bench();
} finally {
  await must(['rm', '-rf', '--one-file-system', home]);
}

async function bench(): Promise<void> {
  const rows: Row[] = [];
  const calibrations: Calibration[] = [];
  const say = (text: string) => process.stderr.write(`${text}\n`);
  // A run takes long: each row is told as soon as it is known.
  const tell = (row: Row) => {
    rows.push(row);
    say(`${row.name}: ${row.ours.toFixed(2)} ${row.unit}`);
  };
  const calibrated = () => {
    const now = calibrate();
    calibrations.push(now);
    return now;
  };
  if (BENCH === 'core') await coreRows(home, CONFIG, calibrated, tell);
  else await usualRows(calibrated, tell, say);
  calibrated();
  const machine = { cores: availableParallelism(), load: loadavg()[0], calibrations, reference: REFERENCE };
  process.stdout.write(formatTable(rows));
  process.stdout.write(
    `${machine.cores} cores, load ${machine.load?.toFixed(1)}; calibration, wall and processor seconds: ` +
      `${calibrations.map((one) => `${one.seconds.toFixed(2)} ${one.cpuSeconds.toFixed(2)}`).join(', ')} ` +
      `(reference ${REFERENCE.seconds.toFixed(2)} ${REFERENCE.cpuSeconds.toFixed(2)})\n`,
  );
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, 'bench.json'), `${JSON.stringify({ machine, rows }, null, 1)}\n`);
  await rm(join(OUT, 'bench-peer'), { recursive: true, force: true });
}

/** What a run without a name measures: the small distribution, its images, and scans. */
async function usualRows(
  calibrate: () => Calibration,
  tell: (row: Row) => void,
  say: (text: string) => void,
): Promise<void> {
  const isAsked = (name: string) => BENCH === '' || BENCH === name;
  const cache = isAsked('packages') ? await packageRows(home, calibrate, tell) : defaultCacheDir();
  if (isAsked('images')) {
    await diskRows(home, tell);
    const config = BENCH === '' ? 'configs/minimal.yaml' : CONFIG;
    await imageRows({ home, cache, config, calibrate, tell });
  }
  if (isAsked('scan')) {
    const tree = TREE === '' ? undefined : TREE;
    await scanRows({ home, cache, tree, calibrate, tell, say });
  }
}
