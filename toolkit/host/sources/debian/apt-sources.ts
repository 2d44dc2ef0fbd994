import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../io-errors.ts';

/** One archive and suite that apt is told to use. */
export interface AptSource {
  readonly uri: string;
  readonly suite: string;
  readonly components: readonly string[];
  /** `deb`, `deb-src`. */
  readonly types: readonly string[];
  /** First key ring file that apt was told to trust for it. */
  readonly signedBy: string | undefined;
}

/** Sources of a deb822 file (`*.sources`). Stanzas that are disabled are left out. Source: sources.list(5). */
export function parseDeb822Sources(text: string): AptSource[] {
  // A comment does not end a stanza, also where it is all that stands between two fields.
  const lines = text.split(/\r?\n/).filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n[ \t]*\n/)
    .flatMap((stanza) => {
      const fields = new Map<string, string>();
      let last = '';
      for (const line of stanza.split('\n')) {
        const field = /^([A-Za-z-]+):(.*)$/.exec(line);
        if (field !== null) last = field[1]!.toLowerCase();
        fields.set(last, `${fields.get(last) ?? ''} ${field === null ? line : field[2]!}`);
      }
      const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '');
      if (
        ['no', 'false', 'off', '0', 'disable', 'without'].includes(words('enabled')[0]?.toLowerCase() ?? '')
      ) {
        return [];
      }
      const [types, components] = [words('types'), words('components')];
      const signedBy = keyRing(words('signed-by').join(' '));
      return words('uris').flatMap((uri) =>
        words('suites').map((suite) => ({ uri, suite, components, types, signedBy })),
      );
    });
}

/** Sources of a one-line file (`*.list`): `deb [option=value] uri suite component...`. Source: sources.list(5). */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const entry = /^\s*(deb(?:-src)?)\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^\s#]+)*)/.exec(line);
    if (entry === null) return [];
    const [, type = '', options = '', uri = '', suite = '', rest = ''] = entry;
    const components = rest.split(/\s+/).filter((word) => word !== '');
    const signedBy = keyRing(/\bsigned-by=(\S+)/i.exec(options)?.[1] ?? '');
    return [{ uri, suite, components, types: [type], signedBy }];
  });
}

/** The value may also be a key itself, or its fingerprint. */
function keyRing(value: string): string | undefined {
  return value.startsWith('/') ? value.split(/[\s,]/)[0] : undefined;
}

/** All sources that apt's folder (`/etc/apt`) names, files by name. What cannot be read counts as empty. */
export async function readAptSources(folder: string): Promise<AptSource[]> {
  const parts = join(folder, 'sources.list.d');
  const names = await readdir(parts).catch(() => []);
  const files = [join(folder, 'sources.list'), ...names.sort().map((name) => join(parts, name))];
  const sources: AptSource[] = [];
  for (const file of files) {
    if (file.endsWith('.sources')) sources.push(...parseDeb822Sources(await readText(file)));
    if (file.endsWith('.list')) sources.push(...parseOneLineSources(await readText(file)));
  }
  const resolved = await Promise.all(sources.map(resolveMirrorList));
  return resolved.flat();
}

/** `mirror+file:` names a file of mirrors, one a line; cloud images of Debian use it. Source: apt-transport-mirror(1). */
async function resolveMirrorList(source: AptSource): Promise<AptSource[]> {
  const list = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(source.uri);
  if (list === null) return [source];
  const lines = (await readText(list[1]!)).split('\n');
  const uris = lines.map((line) => line.trim().split(/\s+/)[0]!).filter((uri) => /^https?:/.test(uri));
  return uris.map((uri) => ({ ...source, uri }));
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EACCES')) return '';
    throw error;
  }
}
