import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { actionKey } from '../../domain/action-key.ts';
import type { FileDigest } from '../../domain/digest.ts';
import { buildError } from '../../domain/errors.ts';
import type { SrpmId } from '../../domain/graph.ts';
import type { FileContent, LintedHeader, LintedPackage } from '../../domain/lint/content.ts';
import { isDocPath } from '../../domain/lint/folders.ts';
import type { Ports } from '../../domain/ports.ts';
import {
  type RpmFile,
  type RpmHeaders,
  readFiles,
  readPayload,
  readRpmHeaders,
  toRpmPackage,
} from '../../formats/rpm/index.ts';
import type { ByteSource } from '../../formats/source.ts';
import { readContent } from './content.ts';

/** Changes whenever other facts are read of the same bytes. */
const RECIPE = 'inspect/3';
const OUTPUT = 'contents.json';

/** An RPM file to be looked at. */
export interface InspectedFile {
  readonly read: ByteSource;
  readonly digest: FileDigest;
  readonly spec: SrpmId | undefined;
}

/** What the headers of an RPM file say. Throws `RPM_INVALID` or `RPM_TRUNCATED`. */
export async function readHeader({
  read,
  spec,
}: Pick<InspectedFile, 'read' | 'spec'>): Promise<LintedHeader> {
  return toHeader(await readRpmHeaders(read), spec);
}

/**
 * An RPM with what its files hold: read once, then taken from the store by the digest of the RPM. Rules are no
 * part of that: they are quick. Throws `RPM_INVALID`, `RPM_TRUNCATED`, `CPIO_INVALID` or `RPM_COMPRESSION`.
 */
export async function inspectPackage(
  { read, digest, spec }: InspectedFile,
  { store }: Pick<Ports, 'store'>,
  signal: AbortSignal,
): Promise<{ readonly linted: LintedPackage; readonly reused: boolean }> {
  signal.throwIfAborted();
  const headers = await readRpmHeaders(read);
  const header = toHeader(headers, spec);
  const key = actionKey(RECIPE, { rpm: digest.sha256 });
  const cached = (await store.action(key))?.outputs.find(({ name }) => name === OUTPUT);
  const path = cached === undefined ? undefined : await store.find(cached.digest.sha256);
  if (path !== undefined) {
    const entries: [string, FileContent][] = JSON.parse(await readFile(path, 'utf8'));
    return { linted: { ...header, contents: new Map(entries) }, reused: true };
  }
  const entries = await readContents(read, headers, signal);
  const bytes = Readable.from([Buffer.from(JSON.stringify(entries))]);
  const stored = await store.putStream(bytes, undefined, signal);
  await store.saveAction(key, { outputs: [{ name: OUTPUT, digest: stored }], facts: {} });
  return { linted: { ...header, contents: new Map(entries) }, reused: false };
}

function toHeader(headers: RpmHeaders, spec: SrpmId | undefined): LintedHeader {
  const files = readFiles(headers.main);
  const links = Map.groupBy(files, linkKey);
  const isLinked = (file: RpmFile) => file.inode > 0 && links.get(linkKey(file))!.length > 1;
  return {
    spec,
    package: toRpmPackage(headers),
    files: files.map((file) => packagedFile(file, isLinked(file) ? linkKey(file) : undefined)),
  };
}

/** The type of a file by its `st_mode` (stat(2)). */
function fileType(mode: number): LintedHeader['files'][number]['type'] {
  switch (mode & 0o170000) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'folder';
    case 0o120000:
      return 'link';
    default:
      return 'other';
  }
}

/** Bits of a file's flags (`rpmfiles.h`). */
const FLAG = { config: 1, doc: 2, ghost: 64, license: 128 } as const;

function packagedFile(file: RpmFile, hardLink: string | undefined): LintedHeader['files'][number] {
  const bytes = Buffer.from(file.path);
  const path = bytes.toString('utf8');
  const linkTo = Buffer.from(file.linkTo).toString('utf8');
  const type = fileType(file.mode);
  const has = (flag: number) => (file.flags & flag) !== 0;
  return {
    ...{ path, type, linkTo, hardLink },
    size: file.size,
    isUtf8: Buffer.from(path).equals(bytes),
    mode: file.mode,
    user: file.user,
    group: file.group,
    content: type === 'link' ? linkTo : file.digest,
    isConfig: has(FLAG.config),
    isDoc: has(FLAG.doc) || has(FLAG.license) || isDocPath(path),
    isLicense: has(FLAG.license),
    isGhost: has(FLAG.ghost),
    caps: file.caps,
  };
}

/** SHA-256, as OpenPGP numbers digests. */
const SHA256 = 8;

/** What the files of the payload tell; each is compared with its digest in the header. */
async function readContents(
  source: ByteSource,
  headers: RpmHeaders,
  signal: AbortSignal,
): Promise<[string, FileContent][]> {
  const files = readFiles(headers.main);
  const byPath = new Map(files.map((file) => [Buffer.from(file.path).toString('latin1'), file]));
  const found = new Map<RpmFile, FileContent>();
  for await (const { name, content } of readPayload(source, headers)) {
    signal.throwIfAborted();
    const file = byPath.get(name.toString('latin1').replace(/^\.?\/?/, '/'));
    if (file === undefined || fileType(file.mode) !== 'file') continue;
    const read = await readContent(content);
    // Of hard links only the last has the bytes.
    if (read.size === 0 && file.size > 0) continue;
    if (read.size !== file.size || (file.digestAlgorithm === SHA256 && read.sha256 !== file.digest)) {
      throw buildError('RPM_INVALID', `${name} has other bytes than its header says.`, {
        hint: 'Fetch or build the RPM again: it is damaged.',
      });
    }
    if (Object.keys(read.content).length > 0) found.set(file, read.content);
  }
  const links = new Map([...found].map(([file, content]) => [linkKey(file), content]));
  return files.flatMap((file): [string, FileContent][] => {
    const content =
      found.get(file) ?? (file.inode > 0 && file.size > 0 ? links.get(linkKey(file)) : undefined);
    return content === undefined ? [] : [[Buffer.from(file.path).toString('utf8'), content]];
  });
}

function linkKey({ inode, deviceNumber, digest }: RpmFile): string {
  return `${deviceNumber} ${inode} ${digest}`;
}
