import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { z } from 'zod';
import type { BuildRecord } from '../domain/build-record.ts';
import type { Context } from './context.ts';
import { replaceFile } from './replace-file.ts';

/** A file for each source package: written when its build ends, by whichever run, killed later or not. */
const FOLDER = 'builds';
const SUFFIX = '.json';
const AT_ONCE = 32;

const schema = z.strictObject({
  action: z.string(),
  durationMs: z.number(),
  inputs: z.strictObject({
    spec: z.string(),
    files: z.record(z.string(), z.string()),
    worker: z.string(),
    dependencies: z.record(z.string(), z.array(z.string())),
    target: z.string(),
    check: z.boolean(),
  }),
});

type Place = Pick<Context, 'distro'> & { readonly ports: Pick<Context['ports'], 'store'> };

/** What is known of the last build of a source package in this distribution; undefined before the first. */
export async function readBuildRecord(name: string, place: Place): Promise<BuildRecord | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(recordPath(name, place), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Keeps what a run has used as the last build of a source package. */
export async function saveBuildRecord(name: string, record: BuildRecord, place: Place): Promise<void> {
  await replaceFile(recordPath(name, place), `${JSON.stringify(record)}\n`);
}

/** How long builds took the last time, in milliseconds by source package. They order work, nothing else. */
export async function readDurations(place: Place): Promise<ReadonlyMap<string, number>> {
  const files = await readdir(folder(place)).catch(() => []);
  const limit = pLimit(AT_ONCE);
  const names = files
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => decodeURIComponent(file.slice(0, -SUFFIX.length)));
  const records = await Promise.all(
    names.map((name) => limit(async () => [name, await readBuildRecord(name, place)] as const)),
  );
  return new Map(
    records.flatMap(([name, record]) => (record === undefined ? [] : [[name, record.durationMs] as const])),
  );
}

function folder({ ports, distro }: Place): string {
  return join(ports.store.root, FOLDER, encodeURIComponent(distro.name));
}

function recordPath(name: string, place: Place): string {
  return join(folder(place), `${encodeURIComponent(name)}${SUFFIX}`);
}
