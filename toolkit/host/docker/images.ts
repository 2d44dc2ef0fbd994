import { createReadStream } from 'node:fs';
import { createZstdDecompress } from 'node:zlib';
import type { Root } from '../../domain/ports.ts';
import { LABEL } from './container.ts';
import type { Engine } from './engine.ts';

const BASES = 'distrokit-base';
const LAYERS = 'distrokit-layer';
/** Images that roots are made in. */
export const MAKERS = 'distrokit-maker';

/** The image that is a root. */
export function imageOf({ key, depth }: Pick<Root, 'key' | 'depth'>): string {
  return `${depth === 0 ? BASES : LAYERS}:${key}`;
}

export async function hasImage(engine: Engine, image: string, signal: AbortSignal): Promise<boolean> {
  const found = await engine.run(['image', 'inspect', '--format', '{{.Id}}', image], signal);
  return found.exitCode === 0;
}

/** Makes an image of a tar (zstd where `isCompressed`). It has its name only once it is whole. */
export async function importImage(
  engine: Engine,
  tar: string,
  isCompressed: boolean,
  image: string,
  signal: AbortSignal,
): Promise<void> {
  const bytes = createReadStream(tar, { highWaterMark: 1024 * 1024 });
  const input = isCompressed ? bytes.pipe(createZstdDecompress()) : bytes;
  if (input !== bytes) bytes.on('error', (error) => input.destroy(error));
  const id = await engine.feed(['import', '--change', `LABEL ${LABEL}=root`, '-'], input, signal);
  await engine.must(['tag', id, image], signal);
}

/** One of our images, if there is any. */
export async function anyImage(engine: Engine, signal: AbortSignal): Promise<string | undefined> {
  return (await listImages(engine, [BASES], signal))[0];
}

/** Removes all that this program put into the engine. */
export async function removeImages(engine: Engine, signal: AbortSignal): Promise<void> {
  // Layers lie on bases.
  const images = await listImages(engine, [LAYERS, BASES, MAKERS], signal);
  if (images.length > 0) await engine.must(['image', 'rm', '--force', ...images], signal);
  await engine.must(['image', 'prune', '--force', '--filter', `label=${LABEL}`], signal);
}

async function listImages(
  engine: Engine,
  repositories: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  for (const name of repositories) {
    const args = ['image', 'ls', '--filter', `reference=${name}`, '--format', '{{.Repository}}:{{.Tag}}'];
    found.push(...(await engine.must(args, signal)).split('\n').filter((line) => line !== ''));
  }
  return found;
}
