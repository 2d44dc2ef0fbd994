import { stat, utimes } from 'node:fs/promises';
import type { Sha256 } from '../../domain/digest.ts';
import { writeFileAtomically } from '../files.ts';
import type { StoreLayout } from './layout.ts';

/** How exactly uses are told apart. */
const GRAIN_MS = 600_000;

export interface Usage {
  mark(sha256: Sha256): Promise<void>;
  /** Milliseconds since the epoch; 0 when never marked. */
  lastUsed(sha256: Sha256): Promise<number>;
  /** Whether this process used it. */
  isMine(sha256: Sha256): boolean;
}

/** Uses are marked beside the content: touching a file would change its ctime, and it would be read again. */
export function createUsage(layout: StoreLayout): Usage {
  const mine = new Set<Sha256>();
  const lastUsed = async (sha256: Sha256) => {
    const marked = await stat(layout.mark(sha256)).catch(() => undefined);
    return marked?.mtimeMs ?? 0;
  };
  return {
    lastUsed,
    isMine: (sha256) => mine.has(sha256),
    async mark(sha256) {
      if (mine.has(sha256)) return;
      mine.add(sha256);
      const last = await lastUsed(sha256);
      const now = Date.now();
      if (last === 0) await writeFileAtomically(layout.mark(sha256), '');
      else if (now - last > GRAIN_MS) await utimes(layout.mark(sha256), now / 1000, now / 1000);
    },
  };
}
