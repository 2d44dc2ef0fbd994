import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { cloneCheckout } from '../support/checkout.ts';
import { must } from '../support/shell.ts';
import { type Calibration, type Measured, measure } from './measure.ts';
import { plainRpmbuild } from './peer.ts';
import { against, inform, type Row, within } from './table.ts';

/**
 * All packages of a large image, from an empty cache: hours for the core. Against them stands what rpmbuild alone
 * takes for each with one processor, shared out evenly among all: a schedule without a gap, without roots to
 * prepare and packages to write. As many of them stand side by side as there are processors, which saves an hour.
 */
export async function coreRows(
  home: string,
  config: string,
  calibrate: () => Calibration,
  tell: (row: Row) => void,
): Promise<void> {
  const { factor } = calibrate();
  const clone = await cloneCheckout(home, 'core', 'root');
  await must(['make', 'setup'], { cwd: clone.dir, env: { DISTROKIT_CACHE: clone.cache } });
  const distrokit = (...words: readonly string[]): Promise<Measured> =>
    measure(['toolkit/distrokit', ...words, '--config', config], clone.dir, {
      DISTROKIT_CACHE: clone.cache,
    });
  await distrokit('srpms');
  const cold = await distrokit('packages');
  tell(inform('core: packages, cold', 's', cold.seconds));
  const cached = await distrokit('packages');
  tell(within('core: packages, nothing changed', 's', cached.seconds, 5, factor));
  const spec = join(clone.dir, 'specs/netbase/netbase.spec');
  await writeFile(spec, `${await readFile(spec, 'utf8')}\n# one more line\n`);
  const changed = await distrokit('packages');
  tell(inform('core: packages, one changed', 's', changed.seconds));
  const image = await distrokit('image');
  tell(inform('core: the image after the packages', 's', image.seconds));
  const peaks = [cold, cached, changed, image].map(({ peakMib }) => peakMib);
  tell(within("core: the toolkit's own process, peak", 'MiB', Math.max(...peaks), 300, 1));
  const cores = availableParallelism();
  const peer = (await plainRpmbuild(clone.dir, config, clone.cache, { jobs: 1, atOnce: cores })) / cores;
  tell(against(`core: cold / rpmbuild -j1 of each, by ${cores}`, 's', cold.seconds, peer, 1.15));
}
