import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { DistroFiles, DistroProfile } from '../domain/distro.ts';
import { usageError } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest.ts';
import type { Target } from '../domain/target.ts';
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
  if (value !== undefined) return complete(path, value);
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

function complete(path: string, source: DistroSource): DistroProfile {
  const { defines, build } = source;
  const target = (macros: Readonly<Record<string, string>>): Target => ({
    arch: source.arch,
    distTag: source.dist,
    macros: Object.entries(macros)
      .map(([name, body]) => ({ name, body }))
      .sort((a, b) => byCodeUnit(a.name, b.name)),
    rpmVersion: source.rpm,
  });
  return {
    name: basename(path).replace(/\.ya?ml$/, ''),
    target: target({ ...defines }),
    build: {
      target: target({ ...defines, ...build?.defines }),
      files: located(build?.files ?? [], path),
      librariesOfWorker: build?.libraries === 'worker',
    },
    releasever: source.releasever,
    worker: source.worker,
    specs: source.specs,
    files: located(source.files ?? [], path),
    answers: Object.entries(source.answers ?? {}).flatMap(([program, answers]) =>
      answers.map(({ ask, say }) => ({ program, question: ask, answer: say })),
    ),
    versionMacros: source.versionMacros,
    prefer: new Map(Object.entries(source.prefer ?? {})),
    prebuilt: { names: source.prebuilt?.names ?? [], manifests: source.prebuilt?.manifests ?? [] },
  };
}

/** A glob that begins with ./ is of the profile's own folder, any other of the tree. */
function located(files: readonly DistroFiles[], path: string): readonly DistroFiles[] {
  const own = (glob: string) => (glob.startsWith('./') ? join(dirname(path), glob) : glob);
  return files.map(({ from, to }) => ({ from: from.map(own), to }));
}
