import type { FileDigest } from '../../domain/digest.ts';
import { invalid, type Paragraph, readParagraphs } from './paragraphs.ts';

/** A source package of a Debian archive. */
export interface DebianSource {
  readonly package: string;
  readonly version: string;
  /** Where its files lie, relative to the archive's root. */
  readonly directory: string;
  readonly files: readonly DebianSourceFile[];
}

/** A file that makes up a source package: a tarball, a signature, a .dsc. */
export interface DebianSourceFile extends FileDigest {
  readonly name: string;
}

/**
 * Source packages of an uncompressed `Sources` index, one by one. A package without SHA-256 has no files; one
 * whose paths leave the archive throws `DEB822_INVALID`, as does what is no index.
 * Source: deb822(5); Debian wiki, DebianRepository/Format, "Sources Indices".
 */
export async function* readSources(stream: AsyncIterable<Uint8Array>): AsyncGenerator<DebianSource> {
  for await (const paragraph of readParagraphs(stream)) {
    yield toSource(paragraph);
  }
}

function toSource(paragraph: Paragraph): DebianSource {
  const name = required(paragraph, 'package');
  const directory = required(paragraph, 'directory');
  if (directory.split('/').some((part) => !isPlainName(part))) {
    throw invalid(`${name} lies in ${JSON.stringify(directory)}`);
  }
  const lines = (paragraph.get('checksums-sha256') ?? '').split('\n').filter((line) => line !== '');
  return {
    package: name,
    version: required(paragraph, 'version'),
    directory,
    files: lines.map((line) => toFile(name, line)),
  };
}

function toFile(source: string, line: string): DebianSourceFile {
  const [, sha256, size, name] = /^([0-9a-f]{64}) +(\d{1,15}) +(\S+)$/.exec(line) ?? [];
  if (sha256 === undefined || size === undefined || name === undefined || !isPlainName(name)) {
    throw invalid(`${source} has the file ${JSON.stringify(line.slice(0, 200))}`);
  }
  return { name, sha256, size: Number(size) };
}

/** Whether it can be used as a name in a folder and as a part of a URL. */
function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9.+~_:,=@-]+$/.test(name) && name !== '.' && name !== '..';
}

function required(paragraph: Paragraph, field: string): string {
  const value = paragraph.get(field) ?? '';
  if (value === '') {
    throw invalid(`${JSON.stringify(paragraph.get('package') ?? '')} has no field ${field}`);
  }
  return value;
}
