import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** What is read here of the list in a folder of artifacts. */
const indexSchema = z.object({
  artifacts: z.array(z.object({ name: z.string(), format: z.string(), disk: z.int().optional() })),
});

/**
 * Paths of the further disks that belong to an image, by the list of artifacts in its folder: of each the file of the
 * same format, else the first whose ending is among `endings`. Empty where `image` is not listed, is no first disk, or
 * where there is no such list.
 */
export async function disksBeside(image: string, endings: readonly string[]): Promise<string[]> {
  const folder = dirname(image);
  const text = await readFile(join(folder, 'artifact.json'), 'utf8').catch(() => undefined);
  const index = indexSchema.safeParse(text === undefined ? undefined : parsed(text));
  if (!index.success) return [];
  const own = index.data.artifacts.find(({ name }) => name === basename(image));
  if (own === undefined || own.disk !== undefined) return [];
  const further = index.data.artifacts.filter(
    ({ name, disk }) =>
      disk !== undefined && basename(name) === name && endings.some((end) => name.endsWith(`.${end}`)),
  );
  const numbers = [...new Set(further.map(({ disk }) => disk!))].sort((a, b) => a - b);
  return numbers.map((number) => {
    const files = further.filter(({ disk }) => disk === number);
    return join(folder, (files.find(({ format }) => format === own.format) ?? files[0]!).name);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
