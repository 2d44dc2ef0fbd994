import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { documentKinds } from '../../domain/image-document.ts';
import { artifactFormats } from '../../domain/image-format.ts';
import { byCodeUnit } from '../../domain/text.ts';
import type { Artifact, WrittenDocument } from './types.ts';
import { writeWhole } from './write.ts';

/** Name of the list in a folder of artifacts. */
export const INDEX = 'artifact.json';
const indexSchema = z.object({
  artifacts: z.array(
    z.object({
      name: z.string(),
      format: z.enum(artifactFormats),
      size: z.number(),
      sha256: z.string(),
      disk: z.int().optional(),
    }),
  ),
  documents: z
    .array(z.object({ name: z.string(), kind: z.enum(documentKinds), size: z.number(), sha256: z.string() }))
    .default([]),
  signatures: z.array(z.string()).default([]),
});

type Listed = Pick<Artifact, 'name' | 'format' | 'size' | 'sha256'> & { readonly disk?: number | undefined };

/** What `artifact.json` lists. */
export interface ArtifactIndex {
  readonly artifacts: readonly Listed[];
  readonly documents: readonly WrittenDocument[];
  /** File names: `NAME.sig` is the signature of `NAME`. */
  readonly signatures: readonly string[];
}

/** What the folder's `artifact.json` lists; nothing where there is no readable one. */
export async function readIndex(folder: string): Promise<ArtifactIndex> {
  try {
    const { artifacts, documents, signatures } = indexSchema.parse(
      JSON.parse(await readFile(join(folder, INDEX), 'utf8')),
    );
    return {
      artifacts: artifacts.filter(({ name }) => isPlain(name)),
      documents: documents.filter(({ name }) => isPlain(name)),
      signatures: signatures.filter(isPlain),
    };
  } catch {
    return { artifacts: [], documents: [], signatures: [] };
  }
}

/** Whether a name is one of a file in the folder itself. */
function isPlain(name: string): boolean {
  return basename(name) === name && !name.startsWith('.');
}

/** Artifacts as they are listed: sorted by name, without what only this run knows. */
export function listed(artifacts: readonly Listed[]): Listed[] {
  return artifacts
    .toSorted((a, b) => byCodeUnit(a.name, b.name))
    .map(({ name, format, size, sha256, disk }) => {
      return { name, format, size, sha256, ...(disk === undefined ? {} : { disk }) };
    });
}

/** Writes `artifact.json`: name, size in bytes and SHA-256 of each artifact and document, sorted by name. */
export async function writeIndex(folder: string, index: ArtifactIndex): Promise<void> {
  const { artifacts, documents, signatures } = index;
  const sorted = documents.toSorted((a, b) => byCodeUnit(a.name, b.name));
  const signed = signatures.length === 0 ? {} : { signatures };
  const text = JSON.stringify({ artifacts: listed(artifacts), documents: sorted, ...signed }, undefined, 2);
  await writeText(join(folder, INDEX), `${text}\n`);
}

/** Writes a small file, whole or not at all; one that holds the same text stays as it is. */
export async function writeText(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  await writeWhole(path, async (file) => await file.writeFile(text));
}
