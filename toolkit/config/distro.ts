import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import type { DistroProfile } from '../domain/distro.ts';
import { usageError } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest.ts';
import { byCodeUnit } from '../domain/text.ts';
import { type DistroSource, distroSchema } from './distro-schema.ts';
import { checkDocument, parseConfigDocument, problemLines } from './image-document.ts';

/** Where profiles lie in a checkout. */
const FOLDER = 'configs/distros';

/**
 * Reads a distribution profile: `configs/distros/NAME.yaml` of the checkout, or the file that a name with a
 * slash means. All that is wrong with it is told at once, with line and column.
 * Throws `DISTRO_UNKNOWN` and `DISTRO_INVALID`.
 */
export async function loadDistroProfile(name: string, checkout: string): Promise<DistroProfile> {
  const path = name.includes('/') ? resolve(name) : join(checkout, FOLDER, `${name}.yaml`);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) throw await unknown(name, checkout);
  const document = parseConfigDocument(relative(checkout, path), text);
  const { value, problems } = checkDocument(document, distroSchema);
  if (value !== undefined) return complete(basename(path).replace(/\.ya?ml$/, ''), value);
  throw usageError('DISTRO_INVALID', problemLines(problems), {
    hint: 'docs/profiles.md explains every key.',
    docs: 'docs/profiles.md',
  });
}

async function unknown(name: string, checkout: string): Promise<Error> {
  const files = await readdir(join(checkout, FOLDER)).catch(() => []);
  const known = files
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -5))
    .sort(byCodeUnit);
  const near = nearestName(name, known);
  return usageError('DISTRO_UNKNOWN', `there is no distribution profile ${name}`, {
    hint: near === undefined ? `There are ${known.join(', ')}, or give a path.` : `Did you mean ${near}?`,
    docs: 'docs/profiles.md',
  });
}

function complete(name: string, source: DistroSource): DistroProfile {
  const macros = Object.entries(source.defines ?? {})
    .map(([macro, body]) => ({ name: macro, body }))
    .sort((a, b) => byCodeUnit(a.name, b.name));
  return {
    name,
    target: { arch: source.arch, distTag: source.dist, macros, rpmVersion: source.rpm },
    releasever: source.releasever,
    worker: source.worker,
    specs: source.specs,
    files: source.files ?? [],
    answers: Object.entries(source.answers ?? {}).flatMap(([program, answers]) =>
      answers.map(({ ask, say }) => ({ program, question: ask, answer: say })),
    ),
    versionMacros: source.versionMacros,
    prefer: new Map(Object.entries(source.prefer ?? {})),
    prebuilt: { names: source.prebuilt?.names ?? [], manifests: source.prebuilt?.manifests ?? [] },
  };
}
