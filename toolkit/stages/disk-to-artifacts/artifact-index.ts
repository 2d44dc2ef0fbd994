import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { imageFormats } from '../../domain/image-format.ts';
import type { Artifact } from './types.ts';
import { writeWhole } from './write.ts';

const INDEX = 'artifact.json';
const indexSchema = z.object({
  artifacts: z.array(
    z.object({ name: z.string(), format: z.enum(imageFormats), size: z.number(), sha256: z.string() }),
  ),
});

type Listed = Pick<Artifact, 'name' | 'format' | 'size' | 'sha256'>;

/** What the folder's `artifact.json` lists; nothing where there is no readable one. */
export async function readIndex(folder: string): Promise<Listed[]> {
  try {
    const { artifacts } = indexSchema.parse(JSON.parse(await readFile(join(folder, INDEX), 'utf8')));
    // Only names of files in the folder itself.
    return artifacts.filter(({ name }) => basename(name) === name && !name.startsWith('.'));
  } catch {
    return [];
  }
}

/** Writes `artifact.json`: name, format, size in bytes and SHA-256 of each artifact, sorted by name. */
export async function writeIndex(folder: string, artifacts: readonly Listed[]): Promise<void> {
  const sorted = artifacts.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const list = sorted.map(({ name, format, size, sha256 }) => ({ name, format, size, sha256 }));
  const text = `${JSON.stringify({ artifacts: list }, undefined, 2)}\n`;
  const path = join(folder, INDEX);
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  await writeWhole(path, async (file) => await file.writeFile(text));
}
