import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostError } from '../../domain/errors.ts';

/** Where Debian packages come from. Never written to a file of ours. */
export interface Mirror {
  readonly uri: string;
  /** Key ring that apt was told to trust for it. */
  readonly signedBy: string | undefined;
}

/**
 * The mirror that the host's apt knows, or `given` (DEBIAN_MIRROR). Throws `MIRROR_UNKNOWN` where apt has
 * none.
 */
export async function findMirror(given: string | undefined, aptDir = '/etc/apt'): Promise<Mirror> {
  if (given !== undefined && given !== '') return { uri: given, signedBy: undefined };
  const candidates: Mirror[] = [];
  for (const path of await sourceFiles(aptDir)) {
    const text = await readFile(path, 'utf8').catch(() => '');
    candidates.push(...(path.endsWith('.sources') ? parseSources(text) : parseList(text)));
  }
  const [mirror] = candidates;
  if (mirror !== undefined) return mirror;
  throw hostError('MIRROR_UNKNOWN', 'No mirror of the Debian archive is configured on this host', {
    hint: 'Set DEBIAN_MIRROR to the URL of one (make image DEBIAN_MIRROR=...).',
  });
}

async function sourceFiles(aptDir: string): Promise<string[]> {
  const folder = join(aptDir, 'sources.list.d');
  const names = (await readdir(folder).catch(() => [])).sort();
  const files = names.filter((name) => name.endsWith('.sources') || name.endsWith('.list'));
  return [join(aptDir, 'sources.list'), ...files.map((name) => join(folder, name))];
}

/** `deb [options] URI SUITE COMPONENT...` lines, sources.list(5). Only Debian's own suites with `main`. */
export function parseList(text: string): Mirror[] {
  const mirrors: Mirror[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/.exec(line.replace(/#.*/, ''));
    if (match === null) continue;
    const [, options = '', uri = '', suite = '', components = ''] = match;
    if (!isArchive(suite, components)) continue;
    mirrors.push({ uri, signedBy: keyRing(/signed-by=(\S+)/.exec(options)?.[1]) });
  }
  return mirrors;
}

/** deb822 stanzas of sources.list(5). */
export function parseSources(text: string): Mirror[] {
  const mirrors: Mirror[] = [];
  const withoutComments = text.replace(/^#.*\n?/gm, '');
  for (const stanza of withoutComments.split(/\n\s*\n/)) {
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, 'im').exec(stanza)?.[1]?.trim();
    if (field('Enabled') === 'no' || !/\bdeb\b(?!-)/.test(field('Types') ?? '')) continue;
    const uri = field('URIs')?.split(/\s+/)[0];
    if (uri === undefined || !isArchive(field('Suites') ?? '', field('Components') ?? '')) continue;
    mirrors.push({ uri, signedBy: keyRing(field('Signed-By')) });
  }
  return mirrors;
}

const SUITES =
  /^(buster|bullseye|bookworm|trixie|forky|duke|sid|oldoldstable|oldstable|stable|testing|unstable)$/;

// Other vendors' archives have suites of their own; Debian's security archive has NAME-security only.
function isArchive(suites: string, components: string): boolean {
  return suites.split(/\s+/).some((suite) => SUITES.test(suite)) && components.split(/\s+/).includes('main');
}

function keyRing(value: string | undefined): string | undefined {
  return value?.startsWith('/') ? value.split(/[\s,]/)[0] : undefined;
}
