import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHECKOUT, cloneCheckout } from '../support/checkout.ts';
import { must } from '../support/shell.ts';
import { calibrate, type Measured, measure, median } from './measure.ts';
import { serialRpmbuild } from './peer.ts';
import { against, formatTable, inform, type Row, within } from './table.ts';

const CONFIG = 'configs/minimal.yaml';
const OUT = join(CHECKOUT, 'out');

const home = await mkdtemp(join(process.env.DISTROKIT_BENCH_DIR ?? tmpdir(), 'distrokit-bench-'));
try {
  await bench();
} finally {
  await must(['rm', '-rf', '--one-file-system', home]);
}

async function bench(): Promise<void> {
  const clone = await cloneCheckout(home, 'clone', 'root');
  await must(['make', 'setup'], { cwd: clone.dir, env: { DISTROKIT_CACHE: clone.cache } });
  const distrokit = (...words: readonly string[]): Promise<Measured> =>
    measure(['toolkit/distrokit', ...words], clone.dir, { DISTROKIT_CACHE: clone.cache });
  const image = () => distrokit('image', '--config', CONFIG);
  const before = calibrate();
  const rows: Row[] = [];
  // A run takes half an hour: each row is told as soon as it is known.
  const tell = (row: Row) => {
    rows.push(row);
    process.stderr.write(`${row.name}: ${row.ours.toFixed(2)} ${row.unit}\n`);
  };

  tell(inform('making both roots', 's', (await distrokit('toolchain')).seconds));
  tell(
    inform('downloading sources, packing SRPMs', 's', (await distrokit('srpms', '--config', CONFIG)).seconds),
  );
  const cold = await distrokit('packages', '--config', CONFIG);
  const whole = await image();
  const { factor } = calibrate();
  const idle = [await image(), await image(), await image()];
  tell(within('nothing changed', 's', median(idle.map(({ seconds }) => seconds)), 1, factor));

  const config = join(clone.dir, CONFIG);
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace(/^hostname: .*$/m, 'hostname: another'));
  tell(within('one line of the config changed', 's', (await image()).seconds, 10, factor));
  await writeFile(config, text);
  const spec = join(clone.dir, 'specs/netbase/netbase.spec');
  await writeFile(spec, `${await readFile(spec, 'utf8')}\n# one more line\n`);
  tell(inform('one small spec changed, to images', 's', (await image()).seconds));

  tell(within('the image after the packages', 's', whole.seconds, 15, factor));
  const peaks = [cold, whole, ...idle].map(({ peakMib }) => peakMib);
  tell(within("the toolkit's own process, peak", 'MiB', Math.max(...peaks), 300, 1));
  const peer = await serialRpmbuild(clone.dir, CONFIG, clone.cache);
  tell(against('cold packages / rpmbuild one by one', 's', cold.seconds, peer, 1.1));

  const after = calibrate();
  const machine = { cores: availableParallelism(), load: loadavg()[0], calibration: { before, after } };
  process.stdout.write(formatTable(rows));
  process.stdout.write(
    `${machine.cores} cores, load ${machine.load?.toFixed(1)}, calibration ${before.seconds.toFixed(2)} s and ${after.seconds.toFixed(2)} s (reference 1.00 s)\n`,
  );
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, 'bench.json'), `${JSON.stringify({ machine, rows }, null, 1)}\n`);
  await rm(join(OUT, 'bench-peer'), { recursive: true, force: true });
}
