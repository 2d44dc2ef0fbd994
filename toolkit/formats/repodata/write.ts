import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { filelistsDocument, otherDocument, primaryDocument } from './documents.ts';
import { checkLocation } from './location.ts';
import type { RepodataFile, Repomd, RepomdRecord, RepoPackage } from './types.ts';
import { attributes, DECLARATION, element } from './xml.ts';

export interface RepodataOptions {
  readonly compression: 'gzip' | 'zstd';
  readonly revision: string;
  /** Of each file, in seconds since the epoch. */
  readonly timestamp: number;
}

const DOCUMENTS = { primary: primaryDocument, filelists: filelistsDocument, other: otherDocument };
const SUFFIXES = { gzip: 'gz', zstd: 'zst' };

/**
 * All metadata of a repository: primary, filelists and other, compressed and named by their SHA-256, and, last,
 * repomd.xml. The same packages give the same bytes, whatever their order. Only compressed bytes are held in
 * memory. Throws `REPODATA_LOCATION` for a location outside of the repository.
 * Source: rpm-md as createrepo_c and libsolv understand it; docs/formats/repodata.md.
 */
export async function writeRepodata(
  packages: readonly RepoPackage[],
  options: RepodataOptions,
): Promise<RepodataFile[]> {
  const sorted = packages.toSorted(comparePackages);
  for (const { location } of sorted) {
    checkLocation(location);
  }
  const files: RepodataFile[] = [];
  const records: RepomdRecord[] = [];
  for (const [type, document] of Object.entries(DOCUMENTS)) {
    const { file, record } = await writeDocument(type, document(sorted), options);
    files.push(file);
    records.push(record);
  }
  const bytes = Buffer.from(encodeRepomd({ revision: options.revision, records }));
  return [...files, { path: 'repodata/repomd.xml', bytes, sha256: sha256(bytes) }];
}

async function writeDocument(
  type: string,
  document: Iterable<string>,
  options: RepodataOptions,
): Promise<{ file: RepodataFile; record: RepomdRecord }> {
  const openHash = createHash('sha256');
  let openSize = 0;
  const plain = Iterator.from(document).map((piece) => {
    const bytes = Buffer.from(piece);
    openHash.update(bytes);
    openSize += bytes.length;
    return bytes;
  });
  const chunks: Buffer[] = [];
  const compressed = Readable.from(plain).compose(makeCompressor(options.compression));
  for await (const chunk of compressed) {
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const digest = sha256(bytes);
  const path = `repodata/${digest}-${type}.xml.${SUFFIXES[options.compression]}`;
  return {
    file: { path, bytes, sha256: digest },
    record: {
      type,
      location: path,
      checksum: { type: 'sha256', value: digest },
      openChecksum: { type: 'sha256', value: openHash.digest('hex') },
      timestamp: options.timestamp,
      size: bytes.length,
      openSize,
    },
  };
}

function makeCompressor(compression: RepodataOptions['compression']) {
  return compression === 'gzip'
    ? createGzip({ level: constants.Z_BEST_COMPRESSION })
    : createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 10 } });
}

/** repomd.xml, with the records in the order given. */
export function encodeRepomd({ revision, records }: Repomd): string {
  const names = {
    xmlns: 'http://linux.duke.edu/metadata/repo',
    'xmlns:rpm': 'http://linux.duke.edu/metadata/rpm',
  };
  const data = records.map((record) =>
    [
      `<data${attributes({ type: record.type })}>\n`,
      element('checksum', record.checksum.value, { type: record.checksum.type }),
      record.openChecksum === undefined
        ? ''
        : element('open-checksum', record.openChecksum.value, { type: record.openChecksum.type }),
      `<location${attributes({ href: record.location })}/>\n`,
      number('timestamp', record.timestamp),
      number('size', record.size),
      number('open-size', record.openSize),
      '</data>\n',
    ].join(''),
  );
  return `${DECLARATION}<repomd${attributes(names)}>\n${element('revision', revision)}${data.join('')}</repomd>\n`;
}

function number(name: string, value: number | undefined): string {
  return value === undefined ? '' : element(name, String(value));
}

function comparePackages(a: RepoPackage, b: RepoPackage): number {
  const [left, right] = [sortKey(a), sortKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function sortKey({ header, location, digest }: RepoPackage): string {
  const { name, arch, epoch, version, release } = header;
  return [name, arch, epoch, version, release, location, digest.sha256].join('\0');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
