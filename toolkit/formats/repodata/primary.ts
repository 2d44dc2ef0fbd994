import { buildError } from '../../domain/errors.ts';
import type { PackageFile, Relation } from '../../domain/package.ts';
import { checkLocation } from './location.ts';
import { type XmlElement, type XmlHandler, xmlFeeder } from './parser.ts';
import { textToPath } from './paths.ts';
import { RELATION_KINDS, type RepoPackage } from './types.ts';

const LIMITS = { total: 4 * 1024 ** 3, item: 8 * 1024 * 1024 };
/** Characters of all that is kept of one package; every element counts as 64 more. */
const MAX_WEIGHT = 256 * 1024 * 1024;
const ELEMENT_WEIGHT = 64;
type RelationKind = (typeof RELATION_KINDS)[number];

/** What is known of a package whose element is still open. */
interface Draft {
  /** Texts of elements, and attributes as `element attribute`. */
  readonly fields: Map<string, string>;
  readonly relations: Record<RelationKind, Relation[]>;
  readonly files: PackageFile[];
  weight: number;
}

/**
 * Packages of a primary.xml (uncompressed), one by one, in its order. Of files it has only those that
 * primary.xml lists, and no changelog. Throws `REPODATA_INVALID`, `REPODATA_LOCATION`, and
 * `REPODATA_CHECKSUM` for a package that is known by anything else than its SHA-256.
 */
export async function* readPrimary(stream: AsyncIterable<Uint8Array>): AsyncGenerator<RepoPackage> {
  const ready: RepoPackage[] = [];
  const feeder = xmlFeeder('primary.xml', primaryHandler(ready), LIMITS);
  for await (const chunk of stream) {
    feeder.write(chunk);
    yield* ready.splice(0);
  }
  feeder.close();
  yield* ready.splice(0);
}

function primaryHandler(ready: RepoPackage[]): XmlHandler {
  let draft = emptyDraft();
  return {
    start(element, path) {
      if (path.length === 1 && element.name !== 'metadata') {
        throw invalid(`it is <${element.name}>, not <metadata>`);
      }
      if (path.length === 2) {
        draft = emptyDraft();
      }
      weigh(draft, element.attributes.values());
      if (path.length === 3 || path.length === 4) {
        for (const [name, value] of element.attributes) {
          draft.fields.set(`${element.name} ${name}`, value);
        }
      }
      if (path.length === 5 && element.name === 'entry') {
        addRelation(draft, path[3] ?? '', element);
      }
    },
    end(path, text) {
      const name = path.at(-1) ?? '';
      weigh(draft, [text]);
      if (path.length === 2 && name === 'package') {
        ready.push(toRepoPackage(draft));
      } else if (path.length === 4 && name === 'file') {
        addFile(draft, text);
      } else if (path.length === 3 || path.length === 4) {
        draft.fields.set(name, text);
      }
    },
  };
}

function emptyDraft(): Draft {
  const relations = Object.fromEntries(
    RELATION_KINDS.map((kind) => [kind, []]),
  ) as unknown as Draft['relations'];
  return { fields: new Map(), relations, files: [], weight: 0 };
}

function addRelation(draft: Draft, kind: string, { attributes }: XmlElement): void {
  const known = RELATION_KINDS.find((candidate) => candidate === kind);
  if (known === undefined) {
    return;
  }
  const flags = (['LT', 'LE', 'EQ', 'GE', 'GT'] as const).find((flag) => flag === attributes.get('flags'));
  const version = attributes.get('ver');
  const release = attributes.get('rel');
  draft.relations[known].push({
    name: attributes.get('name') ?? '',
    ...(flags === undefined || version === undefined
      ? {}
      : {
          flags,
          epoch: attributes.get('epoch') ?? '0',
          version,
          ...(release === undefined ? {} : { release }),
        }),
    ...(attributes.get('pre') === '1' ? { pre: true } : {}),
  });
}

function addFile(draft: Draft, text: string): void {
  const type = draft.fields.get('file type');
  draft.fields.delete('file type');
  draft.files.push({ path: textToPath(text), type: type === 'dir' || type === 'ghost' ? type : 'file' });
}

/** Keeps one package from filling the memory. */
function weigh(draft: Draft, texts: Iterable<string>): void {
  draft.weight += ELEMENT_WEIGHT;
  for (const text of texts) {
    draft.weight += text.length;
  }
  if (draft.weight > MAX_WEIGHT) {
    throw invalid(`the package ${JSON.stringify(draft.fields.get('name') ?? '')} is too large`);
  }
}

function toRepoPackage({ fields, relations, files }: Draft): RepoPackage {
  const text = (name: string) => fields.get(name) ?? '';
  const number = (name: string) => {
    const value = text(name) === '' ? 0 : Number(text(name));
    if (!Number.isSafeInteger(value) || value < 0) {
      throw invalid(`${text('name')} has ${name} ${JSON.stringify(text(name))}`);
    }
    return value;
  };
  for (const name of ['name', 'arch', 'version ver', 'version rel']) {
    if (text(name) === '') {
      throw invalid(`the package ${JSON.stringify(text('name'))} has no ${name}`);
    }
  }
  if (fields.has('location base')) {
    throw buildError(
      'REPODATA_LOCATION',
      `${text('name')} lies on another server: ${text('location base')}.`,
    );
  }
  return {
    location: checkLocation(text('location href')),
    digest: { sha256: packageDigest(fields), size: number('size package') },
    header: {
      name: text('name'),
      epoch: number('version epoch'),
      version: text('version ver'),
      release: text('version rel'),
      arch: text('arch'),
      summary: text('summary'),
      description: text('description'),
      url: text('url'),
      license: text('license'),
      vendor: text('vendor'),
      group: text('group'),
      buildHost: text('buildhost'),
      packager: text('packager'),
      sourceRpm: text('sourcerpm'),
      buildTime: number('time build'),
      isSource: text('arch') === 'src' || text('arch') === 'nosrc',
      installedSize: number('size installed'),
      archiveSize: number('size archive'),
      headerRange: { start: number('header-range start'), end: number('header-range end') },
      ...relations,
      files,
      changelogs: [],
    },
  };
}

function packageDigest(fields: ReadonlyMap<string, string>): string {
  const value = (fields.get('checksum') ?? '').trim().toLowerCase();
  if (fields.get('checksum type') !== 'sha256' || !/^[0-9a-f]{64}$/.test(value)) {
    throw buildError('REPODATA_CHECKSUM', `${fields.get('name')} is listed without a SHA-256.`, {
      hint: 'Make the repository with createrepo_c --checksum=sha256.',
    });
  }
  return value;
}

function invalid(what: string): Error {
  return buildError('REPODATA_INVALID', `primary.xml: ${what}.`);
}
