import { existsSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { ComposeJob } from '../../domain/image-job.ts';

/** Leaves one file without a journal: what lies beside an open database depends on the moment. */
export function settleDatabase({ target, dbPath }: Pick<ComposeJob, 'target' | 'dbPath'>): void {
  const folder = `${target}${dbPath}`;
  const path = `${folder}/rpmdb.sqlite`;
  if (!existsSync(path)) return;
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.exec('PRAGMA journal_mode=DELETE');
    database.exec('VACUUM');
  } finally {
    database.close();
  }
  for (const name of ['rpmdb.sqlite-wal', 'rpmdb.sqlite-shm', '.rpm.lock'])
    rmSync(`${folder}/${name}`, { force: true });
}
