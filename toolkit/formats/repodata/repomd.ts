import { buildError } from '../../domain/errors.ts';
import { checkLocation } from './location.ts';
import { xmlFeeder } from './parser.ts';
import type { Checksum, Repomd, RepomdRecord } from './types.ts';

const LIMITS = { total: 4 * 1024 * 1024, item: 64 * 1024 };

/** Reads repomd.xml. Throws `REPODATA_INVALID` and, for a location outside, `REPODATA_LOCATION`. */
export function readRepomd(xml: Uint8Array): Repomd {
  let revision = '';
  const records: RepomdRecord[] = [];
  let fields = new Map<string, string>();
  const feeder = xmlFeeder(
    'repomd.xml',
    {
      start({ name, attributes }, path) {
        if (path.length === 1 && name !== 'repomd') {
          throw invalid(`it is <${name}>, not <repomd>`);
        }
        if (path.length === 2) {
          fields = new Map([['data type', attributes.get('type') ?? '']]);
        } else if (path.length === 3) {
          fields.set(`${name} type`, attributes.get('type') ?? '');
          fields.set('href', attributes.get('href') ?? fields.get('href') ?? '');
        }
      },
      end(path, text) {
        const name = path.at(-1) ?? '';
        if (path.length === 3) {
          fields.set(name, text.trim());
        } else if (path.length === 2 && name === 'revision') {
          revision = text.trim();
        } else if (path.length === 2 && name === 'data') {
          records.push(toRecord(fields));
        }
      },
    },
    LIMITS,
  );
  feeder.write(xml);
  feeder.close();
  return { revision, records };
}

/** The record of one type of metadata. Throws `REPODATA_INVALID` when repomd.xml lists none. */
export function findRecord(repomd: Repomd, type: string): RepomdRecord {
  const record = repomd.records.find((candidate) => candidate.type === type);
  if (record === undefined) {
    throw invalid(`it lists no ${type}`);
  }
  return record;
}

function toRecord(fields: ReadonlyMap<string, string>): RepomdRecord {
  const type = fields.get('data type') ?? '';
  const checksum = readChecksum(fields, 'checksum');
  if (type === '' || checksum === undefined) {
    throw invalid(`the record ${JSON.stringify(type)} has no type or no checksum`);
  }
  const openChecksum = readChecksum(fields, 'open-checksum');
  const size = readNumber(fields, 'size');
  const openSize = readNumber(fields, 'open-size');
  const timestamp = readNumber(fields, 'timestamp');
  return {
    type,
    location: checkLocation(fields.get('href') ?? ''),
    checksum,
    ...(openChecksum === undefined ? {} : { openChecksum }),
    ...(size === undefined ? {} : { size }),
    ...(openSize === undefined ? {} : { openSize }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
}

function readChecksum(fields: ReadonlyMap<string, string>, name: string): Checksum | undefined {
  const value = fields.get(name);
  if (value === undefined) {
    return undefined;
  }
  if (!/^[0-9a-f]{32,128}$/i.test(value)) {
    throw invalid(`${JSON.stringify(value)} is no checksum`);
  }
  return { type: fields.get(`${name} type`) ?? '', value: value.toLowerCase() };
}

function readNumber(fields: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = Number.parseFloat(fields.get(name) ?? '');
  return Number.isFinite(value) && value >= 0 ? Math.floor(value) : undefined;
}

function invalid(what: string): Error {
  return buildError('REPODATA_INVALID', `repomd.xml: ${what}.`);
}
