import { access, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { usageError } from '../../domain/errors.ts';
import type { EventSink } from '../../domain/events.ts';
import { assertRemovable, removeCache } from '../../host/cache-folder.ts';
import type { Host } from '../../host/host.ts';
import { formatBytes } from '../../report/duration.ts';
import { openHost } from '../assemble.ts';
import { interruption } from '../interrupt.ts';
import { type CommandOptions, createReporter, readSettings, wantsJson } from '../session.ts';

/** `cache import`, `cache trim`, `cache path` and `clean`: what is kept between runs. */
export function addCacheCommands(program: Command): void {
  const cache = program.command('cache').description('what is kept between runs');
  cache
    .command('import')
    .description('take over the action results of another cache folder, every byte verified')
    .argument('<folder>', 'the other DISTROKIT_CACHE')
    .option('--only <names...>', 'only results of these source packages')
    .action(importCache);
  cache
    .command('trim')
    .description('remove what was used longest ago')
    .argument('<size>', 'how much may stay, e.g. 20G')
    .action(trim);
  cache
    .command('path')
    .description('print where it is')
    .action(() => withHost({}, async (host) => `${host.cacheDir}\n`));
  program
    .command('clean')
    .description('remove out/ and images/ of this checkout')
    .option('--cache', 'remove the shared cache instead')
    .action(clean);
}

async function importCache(folder: string, options: { readonly only?: readonly string[] }): Promise<void> {
  await withHost({}, async (host, _events, signal) => {
    await access(join(resolve(folder), 'actions')).catch((cause: unknown) => {
      throw usageError('CACHE_NOT_FOUND', `${folder} is no cache folder`, { cause });
    });
    const { actions, refused } = await host.store.importFrom(resolve(folder), signal, options.only);
    return `${actions} results taken over${refused === 0 ? '' : `, ${refused} left out as damaged`}\n`;
  });
}

async function trim(size: string): Promise<void> {
  const match = /^(\d+)([MGT])$/.exec(size);
  if (match === null)
    throw usageError('SIZE_INVALID', `'${size}' is no size`, { hint: 'Write 500M, 20G or 1T.' });
  const limit = Number(match[1]) * { M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 }[match[2] as 'M' | 'G' | 'T'];
  await withHost({}, async (host, _events, signal) => {
    const { removedBytes } = await host.store.trim(limit, signal);
    return `${formatBytes(removedBytes)} removed\n`;
  });
}

async function clean(options: { readonly cache?: boolean }): Promise<void> {
  if (options.cache === true) return await cleanCache();
  await withHost({}, async () => {
    const { outDir, imagesDir, checkout } = readSettings({}, process.env);
    for (const folder of [outDir, imagesDir]) {
      if (!folder.startsWith(`${checkout}/`)) {
        throw usageError('CLEAN_OUTSIDE', `${folder} is outside of the checkout: remove it yourself`);
      }
    }
    // Only what runs make: OUT_DIR=specs must not cost anybody the specs.
    for (const name of await readdir(outDir).catch(() => [])) {
      if (/^(?:RPMS|SRPMS|logs|test-reports|bench.*|[\w-]+\.json)$/.test(name)) {
        await rm(join(outDir, name), { recursive: true, force: true });
      }
    }
    for (const name of await readdir(imagesDir).catch(() => [])) {
      const isImage = await access(join(imagesDir, name, 'artifact.json')).then(
        () => true,
        () => false,
      );
      if (isImage) await rm(join(imagesDir, name), { recursive: true, force: true });
    }
    return 'out/ and images/ are empty\n';
  });
}

/** Roots are removed from inside their id map; then the folder, of which nothing is open any more. */
async function cleanCache(): Promise<void> {
  let folder = '';
  await withHost({}, async (host, _events, signal) => {
    folder = host.cacheDir;
    await assertRemovable(folder);
    await host.roots.clean(signal);
    return '';
  });
  const left = await removeCache(folder, interruption());
  process.stdout.write(
    left.length === 0 ? `${folder} is empty\n` : `${folder} is empty but for ${left.join(', ')}\n`,
  );
}

async function withHost(
  options: CommandOptions,
  work: (host: Host, events: EventSink, signal: AbortSignal) => Promise<string>,
): Promise<void> {
  using reporter = createReporter(wantsJson(options, process.env));
  await using host = await openHost(reporter, process.env);
  process.stdout.write(await work(host, reporter, interruption()));
}
