import { open, rename, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import type { Sha256 } from '../../../domain/digest.ts';
import type { SourcePackage } from '../../../formats/debian/index.ts';
import { hostErrorFromIo } from '../../io-errors.ts';

/** Part of the file names: a change of the tables makes new files. */
export const INDEX_FORMAT = 1;

/** Where an index says that bytes lie. */
export interface IndexedFile {
  /** Path below the archive. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly package: string;
  readonly version: string;
}

/**
 * Writes an index file: `fill` is given a function to add packages with. The file appears at `path` whole or
 * not at all, and is never changed.
 */
export async function writeIndexFile(
  path: string,
  fill: (add: (found: SourcePackage) => void) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  try {
    using database = new DatabaseSync(temporary);
    // Nobody reads the file before it is whole, so it needs no journal.
    database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA cache_size = -4000;
      CREATE TABLE packages (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, directory TEXT NOT NULL);
      CREATE TABLE files (
        sha256 BLOB NOT NULL, package INTEGER NOT NULL, name TEXT NOT NULL, size INTEGER NOT NULL,
        PRIMARY KEY (sha256, package, name)
      ) WITHOUT ROWID;
      BEGIN;
    `);
    const addPackage = database.prepare('INSERT INTO packages (name, version, directory) VALUES (?, ?, ?)');
    const addFile = database.prepare('INSERT OR IGNORE INTO files VALUES (?, ?, ?, ?)');
    await fill((found) => {
      const { lastInsertRowid } = addPackage.run(found.name, found.version, found.directory);
      for (const { name, digest } of found.files) {
        addFile.run(Buffer.from(digest.sha256, 'hex'), lastInsertRowid, name, digest.size);
      }
    });
    database.exec('COMMIT');
  } catch (error) {
    await rm(temporary, { force: true });
    throw isFull(error) ? hostErrorFromIo(Object.assign(new Error('full'), { code: 'ENOSPC' }), path) : error;
  }
  await using handle = await open(temporary, 'r+');
  await handle.sync();
  await rename(temporary, path);
}

/** Whether SQLite found the disk full. Source: SQLITE_FULL in sqlite3.h. */
function isFull(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 13;
}

/** What an index file knows of some bytes; newest package first. Throws when it is missing or damaged. */
export function searchIndexFile(path: string, sha256: Sha256): IndexedFile[] {
  using database = new DatabaseSync(path, { readOnly: true });
  const rows = database
    .prepare(
      `SELECT packages.directory || '/' || files.name AS path, files.size AS size,
              packages.name AS package, packages.version AS version
       FROM files JOIN packages ON packages.id = files.package
       WHERE files.sha256 = ? ORDER BY packages.id DESC`,
    )
    .all(Buffer.from(sha256, 'hex'));
  const found = new Map<string, IndexedFile>();
  for (const row of rows) {
    const file = {
      path: String(row.path),
      size: Number(row.size),
      package: String(row.package),
      version: String(row.version),
    };
    if (!found.has(file.path)) found.set(file.path, file);
  }
  return [...found.values()];
}
