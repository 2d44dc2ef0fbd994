import type { ConfigProblem } from './image-document.ts';
import { laterFormats } from './image-form/later-formats.ts';
import { findPlaced, type Placed, plain, problemOf } from './placed.ts';

const DELTA = "a partition's artifacts may be: say it there";

interface Unmade {
  readonly key: string;
  readonly only?: readonly unknown[];
  readonly instead?: string;
  readonly beside?: string;
}

/**
 * What a configuration may say and no image is made of yet: refused by name, because what is ignored is worse
 * than what is missing. `*` stands for each item of a list; with `only`, just these values are meant, with `beside`,
 * only where that key is there too; `instead` is what does nearly the same. Whoever makes one of them deletes its line.
 */
export const UNMADE: readonly Unmade[] = [
  { key: 'disk.grubMkconfig', only: [true] },
  { key: 'otherDisks', beside: 'installer' },
  { key: 'otherArtifacts.*.format', only: laterFormats, instead: DELTA },
  { key: 'disk.partitions.*.encrypted', only: [true], beside: 'installer' },
  { key: 'formats.*', only: laterFormats, instead: DELTA },
  { key: 'networks.*.method', only: ['bootp'], instead: 'most BOOTP servers take dhcp' },
  {
    key: 'networks.*.method',
    only: ['ibft'],
    instead: 'nothing in an image reads what firmware leaves that starts from iSCSI: give addresses, or dhcp',
  },
];

/** What of an effective configuration is not made yet, each at its place. */
export function findUnmade(placed: Placed): ConfigProblem[] {
  return UNMADE.flatMap(({ key, only, instead, beside }) => {
    if (beside !== undefined && findPlaced(placed, beside).length === 0) return [];
    const where = beside === undefined ? '' : ` beside ${beside}`;
    return findPlaced(placed, key).flatMap(({ path, found }) => {
      const value = plain(found);
      if (only !== undefined && !only.includes(value)) return [];
      const said = typeof value === 'object' ? '' : `: ${String(value)}`;
      const advice = instead === undefined ? '' : `; ${instead}`;
      return [problemOf(found, `${path.join('.')}${said} is not made yet${where}${advice}`)];
    });
  });
}
