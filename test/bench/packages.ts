import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cloneCheckout } from '../support/checkout.ts';
import { must } from '../support/shell.ts';
import { type Calibration, type Measured, measure, median } from './measure.ts';
import { plainRpmbuild } from './peer.ts';
import { against, inform, type Row, within } from './table.ts';

const CONFIG = 'configs/minimal.yaml';

/** From nothing to images in a clone of its own: an hour. Gives the clone's cache, which has roots then. */
export async function packageRows(
  home: string,
  calibrate: () => Calibration,
  tell: (row: Row) => void,
): Promise<string> {
  calibrate();
  const clone = await cloneCheckout(home, 'clone', 'root');
  await must(['make', 'setup'], { cwd: clone.dir, env: { DISTROKIT_CACHE: clone.cache } });
  const distrokit = (...words: readonly string[]): Promise<Measured> =>
    measure(['toolkit/distrokit', ...words], clone.dir, { DISTROKIT_CACHE: clone.cache });
  const image = () => distrokit('image', '--config', CONFIG);

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
  const peer = await plainRpmbuild(clone.dir, CONFIG, clone.cache);
  tell(against('cold packages / rpmbuild one by one', 's', cold.seconds, peer, 1.1));
  return clone.cache;
}
