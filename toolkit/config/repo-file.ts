import { usageError } from '../domain/errors.ts';
import { nearestName } from '../domain/nearest.ts';

/** A package server as a `.repo` file describes it. */
export interface RepoDefinition {
  readonly id: string;
  readonly name: string;
  /** Base URLs, in order; each has the same content. */
  readonly baseUrls: readonly string[];
  readonly enabled: boolean;
  /** Lower comes first; dnf's default is 99. */
  readonly priority: number;
  /** Whether the file asks for signed packages; recorded, not acted upon. */
  readonly gpgCheck: boolean;
  readonly gpgKeys: readonly string[];
}

export const DEFAULT_PRIORITY = 99;

const USED = ['name', 'baseurl', 'enabled', 'priority', 'gpgcheck', 'gpgkey'];
/** Keys of dnf that change neither which packages there are nor whether their bytes are right. */
const WITHOUT_EFFECT = [
  'arch',
  'autorefresh',
  'cost',
  'countme',
  'deltarpm',
  'enabled_metadata',
  'fastestmirror',
  'keepcache',
  'metadata_expire',
  'minrate',
  'repo_gpgcheck',
  'retries',
  'skip_if_unavailable',
  'sslverify',
  'timeout',
  'type',
];
const MIRROR_LISTS = ['mirrorlist', 'metalink'];

interface Place {
  readonly file: string;
  readonly line: number;
}

interface Value extends Place {
  readonly text: string;
}

interface Section extends Place {
  readonly id: string;
  readonly values: Map<string, Value[]>;
}

/**
 * Servers of a `.repo` file (INI), in its order, disabled ones too. `variables` are those of `$releasever`,
 * `$basearch` and the like, without the `$`. Throws `REPO_FILE_INVALID` with every problem and its line.
 * Source: dnf.conf(5), "Repo Options".
 */
export function parseRepoFile(
  text: string,
  file: string,
  variables: Readonly<Record<string, string>>,
): RepoDefinition[] {
  const problems: string[] = [];
  const complain = ({ line }: Place, message: string) => void problems.push(`${file}:${line}: ${message}`);
  const sections = readSections(text, file, complain);
  const definitions = sections.map((section) => toDefinition(section, variables, complain));
  if (sections.length === 0 && problems.length === 0)
    complain({ file, line: 1 }, 'no [section] names a server');
  if (problems.length > 0) throw usageError('REPO_FILE_INVALID', problems.join('\n'));
  return definitions;
}

type Complain = (place: Place, message: string) => void;

function readSections(text: string, file: string, complain: Complain): Section[] {
  const sections: Section[] = [];
  let last: Value[] | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const place = { file, line: index + 1 };
    const line = raw.trimEnd();
    if (line === '' || /^\s*[#;]/.test(line)) continue;
    const current = sections.at(-1);
    const header = /^\[([^\]]*)\]$/.exec(line);
    if (header !== null) {
      const id = header[1]!.trim();
      if (!/^[A-Za-z0-9_.:-]+$/.test(id)) complain(place, `'${id}' is no name for a server`);
      if (sections.some((section) => section.id === id)) complain(place, `[${id}] is there twice`);
      sections.push({ ...place, id, values: new Map() });
      last = undefined;
    } else if (/^\s/.test(line)) {
      if (last === undefined) complain(place, 'an indented line continues no value');
      last?.push({ ...place, text: line.trim() });
    } else {
      const pair = /^([A-Za-z0-9_.]+)\s*[=:]\s*(.*)$/.exec(line);
      if (pair === null) complain(place, `neither [section] nor key=value: ${line}`);
      else if (current === undefined) complain(place, `'${pair[1]}' stands before the first [section]`);
      else {
        const key = pair[1]!.toLowerCase();
        if (current.values.has(key)) complain(place, `'${key}' is there twice in [${current.id}]`);
        last = pair[2] === '' ? [] : [{ ...place, text: pair[2]! }];
        current.values.set(key, last);
        checkKey(key, place, complain);
      }
    }
  }
  return sections;
}

function checkKey(key: string, place: Place, complain: Complain): void {
  if (MIRROR_LISTS.includes(key)) {
    complain(place, `'${key}' is not supported: give the server's URL as baseurl`);
  } else if (![...USED, ...WITHOUT_EFFECT].includes(key)) {
    const nearest = nearestName(key, [...USED, ...WITHOUT_EFFECT]);
    const advice = nearest === undefined ? `known are ${USED.join(', ')}` : `did you mean '${nearest}'?`;
    complain(place, `unknown key '${key}'; ${advice}`);
  }
}

function toDefinition(
  section: Section,
  variables: Readonly<Record<string, string>>,
  complain: Complain,
): RepoDefinition {
  const values = (key: string) =>
    (section.values.get(key) ?? []).flatMap((value) => expand(value, variables, complain));
  const words = (key: string) =>
    values(key).flatMap((value) =>
      value.text
        .split(/[\s,]+/)
        .filter((word) => word !== '')
        .map((text) => ({ ...value, text })),
    );
  const flag = (key: string, fallback: boolean) => {
    const value = values(key)[0];
    if (value === undefined) return fallback;
    if (/^(?:1|yes|true|on)$/i.test(value.text)) return true;
    if (!/^(?:0|no|false|off)$/i.test(value.text)) complain(value, `${key} is 0 or 1, not '${value.text}'`);
    return false;
  };
  const urls = words('baseurl');
  for (const url of urls) {
    const usable = /^(?:https?|file):/.test(url.text) ? URL.canParse(url.text) : url.text.startsWith('/');
    if (!usable) complain(url, `'${url.text}' is no http, https or file URL and no absolute path`);
  }
  const listed = MIRROR_LISTS.some((key) => section.values.has(key));
  if (urls.length === 0 && !listed) complain(section, `[${section.id}] has no baseurl`);
  const priority = values('priority')[0];
  if (priority !== undefined && !/^\d{1,5}$/.test(priority.text)) {
    complain(priority, `priority is a number, not '${priority.text}'`);
  }
  return {
    id: section.id,
    name: values('name')[0]?.text ?? section.id,
    baseUrls: urls.map(({ text }) => text),
    enabled: flag('enabled', true),
    priority: priority === undefined ? DEFAULT_PRIORITY : Number(priority.text),
    gpgCheck: flag('gpgcheck', false),
    gpgKeys: words('gpgkey').map(({ text }) => text),
  };
}

function expand(value: Value, variables: Readonly<Record<string, string>>, complain: Complain): Value {
  const text = value.text.replace(
    /\$(?:\{(\w+)\}|(\w+))/g,
    (whole: string, braced?: string, bare?: string) => {
      const name = braced ?? bare ?? '';
      if (Object.hasOwn(variables, name)) return variables[name]!;
      complain(value, `unknown variable ${whole}; known are ${Object.keys(variables).sort().join(', ')}`);
      return whole;
    },
  );
  return { ...value, text };
}
