/**
 * Writes artifacts to the folder that it is given, which has too little room for them, and says in JSON how each failed
 * and what it left behind. A program of its own: only a namespace of its own can have such a disk.
 */
import { open, readdir, writeFile } from 'node:fs/promises';
import { ToolkitError } from '../../../toolkit/domain/errors.ts';
import { storeLayout } from '../../../toolkit/host/store/layout.ts';
import { receive } from '../../../toolkit/host/store/receive.ts';
import {
  plannedBytes,
  writeBytes,
  writeChunks,
  writeImage,
  writeWhole,
} from '../../../toolkit/stages/disk-to-artifacts/write.ts';

const MIB = 1 << 20;
const signal = new AbortController().signal;
const [folder = '', raw = ''] = process.argv.slice(2);
const piece = Buffer.alloc(MIB, 'x');

async function* stream(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < 12; at += 1) yield piece;
}

async function* chunks() {
  for (let at = 0; at < 12; at += 1) yield { offset: at * MIB, bytes: piece };
}

const plan = {
  size: 100 * MIB,
  chunks: () => [
    { offset: 0, bytes: piece },
    { offset: 50 * MIB, copyFrom: { sourceOffset: 0, length: 11 * MIB } },
  ],
};

async function filesBelow(top: string): Promise<string[]> {
  const all = await readdir(top, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function outcome(write: () => Promise<unknown>) {
  const error: unknown = await write().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const { code, message } = error instanceof ToolkitError ? error : { code: '', message: String(error) };
  return { code, message, left: await filesBelow(folder) };
}

await writeFile(`${folder}/image`, 'former');
await using disk = await open(raw);
const whole = async <T>(fill: Parameters<typeof writeWhole<T>>[1], wanted?: () => number) =>
  await outcome(async () => await writeWhole(`${folder}/image`, fill, wanted));
const found = {
  image: await whole(
    async (file) => await writeImage(plan, disk, file, signal),
    () => plannedBytes(plan),
  ),
  stream: await whole(async (file) => await writeBytes(stream(), file, signal)),
  chunks: await whole(async (file) => await writeChunks(chunks(), file, signal)),
  store: await outcome(
    async () => await receive(storeLayout(folder, `${folder}/tmp`), stream(), undefined, signal),
  ),
};
process.stdout.write(JSON.stringify(found));
