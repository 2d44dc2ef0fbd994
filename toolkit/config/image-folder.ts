import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { usageError } from '../domain/errors.ts';
import { latin1Bytes } from '../domain/image-bytes.ts';
import type { ArtifactFacts, FileFacts, ImageFacts } from '../domain/image-difference.ts';
import { DOCUMENT_ENDINGS, type DocumentKind } from '../domain/image-document.ts';
import { shownName } from '../domain/shown-name.ts';
import { loadImageConfig } from './image.ts';

const INDEX = 'artifact.json';
const indexSchema = z.object({
  artifacts: z.array(
    z.object({ name: z.string(), format: z.string(), size: z.number(), sha256: z.string() }),
  ),
  documents: z.array(z.object({ name: z.string(), kind: z.string() })),
});
const lockSchema = z.object({
  image: z.object({ name: z.string(), version: z.string() }),
  commandLine: z.string().optional(),
  packages: z.array(z.object({ nevra: z.string(), sha256: z.string().optional() })),
});
const lineSchema = z.object({
  path: z.string(),
  type: z.string(),
  mode: z.string(),
  uid: z.number(),
  gid: z.number(),
  mtime: z.number(),
  size: z.number().optional(),
  sha256: z.string().optional(),
  target: z.string().optional(),
  device: z.object({ major: z.number(), minor: z.number() }).optional(),
  xattrs: z.array(z.object({ name: z.string(), value: z.string() })).optional(),
});

/** Where images of ours are looked for. */
export interface ImagePlaces {
  readonly checkout: string;
  readonly imagesDir: string;
}

/**
 * Reads what is known of an image: of a folder of artifacts, of a file in one, of a manifest alone, or of the
 * last image of a configuration. Throws `IMAGE_UNKNOWN`, and for a configuration what `loadImageConfig` throws.
 */
export async function readImageFacts(path: string, places: ImagePlaces): Promise<ImageFacts> {
  if (path.endsWith(DOCUMENT_ENDINGS.manifest)) return await manifestAlone(path);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw unknown(path, 'there is no such file or folder');
  if (found.isDirectory()) return await readFolder(path, path);
  if (await isConfig(path)) {
    const { config } = await loadImageConfig(relative(places.checkout, path), places.checkout);
    return await readFolder(join(places.imagesDir, config.name), path);
  }
  return await readFolder(dirname(path), path, basename(path));
}

/** Documents beside artifacts are JSON too. */
async function isConfig(path: string): Promise<boolean> {
  if (/\.ya?ml$/.test(path)) return true;
  return path.endsWith('.json') && !(await readdir(dirname(path))).includes(INDEX);
}

async function manifestAlone(path: string): Promise<ImageFacts> {
  const files = await readManifestFiles(path);
  return { packages: undefined, files, commandLine: undefined, artifacts: [] };
}

/** `asked` is what the user named; of `only` one artifact the bytes are compared, else of all. */
async function readFolder(folder: string, asked: string, only?: string): Promise<ImageFacts> {
  const index = await readJson(join(folder, INDEX), indexSchema, asked);
  const document = (kind: DocumentKind): string => {
    const name = index.documents.find((one) => one.kind === kind)?.name;
    if (name === undefined) throw unknown(asked, `${folder} has no ${kind} of the image`);
    return join(folder, basename(name));
  };
  const artifacts = index.artifacts.filter(({ name }) => only === undefined || name === only);
  if (artifacts.length === 0 && only !== undefined) throw unknown(asked, `${INDEX} does not list it`);
  const lock = await readJson(document('lock'), lockSchema, asked);
  const { image, packages, commandLine } = lock;
  const prefix = `${image.name}-${image.version}`;
  return {
    packages: packages.map(({ nevra, sha256 }) => ({ nevra, sha256 })),
    commandLine,
    files: await readManifestFiles(document('manifest')),
    artifacts: artifacts.map(
      ({ name, size, sha256 }): ArtifactFacts => ({
        // Two images have different names; what comes after it says what the file is.
        name: name.startsWith(prefix) ? name.slice(prefix.length + 1) : name,
        size,
        sha256,
      }),
    ),
  };
}

async function readJson<T>(path: string, schema: z.ZodType<T>, asked: string): Promise<T> {
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    throw unknown(asked, `${path} is not there, or cannot be read`);
  }
}

function unknown(path: string, why: string): Error {
  return usageError(
    'IMAGE_UNKNOWN',
    `${path}: nothing is known of this image${why === '' ? '' : `: ${why}`}`,
    {
      hint: 'Name a folder below images/, a file in it, a raw disk, a .manifest.jsonl, or a configuration that was built.',
    },
  );
}

/** What a manifest says of each file, by absolute path. Throws `IMAGE_UNKNOWN`. */
export async function readManifestFiles(path: string): Promise<ReadonlyMap<string, FileFacts>> {
  const files = new Map<string, FileFacts>();
  const lines = createInterface({ input: createReadStream(path) });
  try {
    for await (const line of lines) {
      const { path: name, facts } = manifestFacts(line);
      files.set(name, facts);
    }
  } catch {
    throw unknown(path, 'it is not a manifest, or cannot be read');
  }
  return files;
}

/** What a line of a manifest says of a file, and its absolute path. Throws where it is none. */
export function manifestFacts(line: string): { readonly path: string; readonly facts: FileFacts } {
  const entry = lineSchema.parse(JSON.parse(line));
  return { path: `/${shownName(latin1Bytes(entry.path))}`, facts: factsOf(entry) };
}

/** Whether a file is a disk that no folder of artifacts tells of: it has to be opened. */
export async function isBareDisk(path: string): Promise<boolean> {
  if (!/\.(?:raw|img|vhd)$/.test(path) || (await stat(path).catch(() => undefined))?.isFile() !== true)
    return false;
  const text = await readFile(join(dirname(path), INDEX), 'utf8').catch(() => undefined);
  if (text === undefined) return true;
  const index = indexSchema.safeParse(JSON.parse(text));
  return !index.success || isUntold(index.data, basename(path));
}

/** A changed image has no lock: only the disk itself tells all of it. */
function isUntold({ artifacts, documents }: z.infer<typeof indexSchema>, name: string): boolean {
  return artifacts.every((one) => one.name !== name) || documents.every(({ kind }) => kind !== 'lock');
}

function factsOf(entry: z.infer<typeof lineSchema>): FileFacts {
  const { type, mode, uid, gid, size, sha256, target, device, xattrs = [], mtime } = entry;
  const facts: Record<string, string> = { type, mode, owner: `${uid}:${gid}` };
  if (size !== undefined) facts.size = String(size);
  if (sha256 !== undefined) facts.content = sha256;
  if (target !== undefined) facts.target = shownName(latin1Bytes(target));
  if (device !== undefined) facts.device = `${device.major},${device.minor}`;
  for (const { name, value } of xattrs) facts[name] = value;
  facts.time = new Date(mtime * 1000).toISOString().replace('.000Z', 'Z');
  return facts;
}
