import type { FileDigest } from '../../domain/digest.ts';
import { isPathBelow, isPlainFileName } from '../../domain/sources.ts';

/** A source package as a Sources index lists it. */
export interface SourcePackage {
  readonly name: string;
  readonly version: string;
  /** Folder below the archive. */
  readonly directory: string;
  readonly files: readonly { readonly name: string; readonly digest: FileDigest }[];
}

/** Takes the lines of a Sources index, one by one, and says each package when its stanza ends. */
export interface SourcesParser {
  line(text: string): void;
  end(): void;
}

const WANTED = new Set(['Package', 'Version', 'Directory', 'Checksums-Sha256']);

/** A parser that holds one stanza. What has no SHA-256 or a path that leaves the archive is left out. */
export function createSourcesParser(onPackage: (found: SourcePackage) => void): SourcesParser {
  let fields = new Map<string, string>();
  let files: { name: string; digest: FileDigest }[] = [];
  let field = '';
  const end = () => {
    const name = fields.get('Package');
    const directory = fields.get('Directory');
    if (name !== undefined && directory !== undefined && isPathBelow(directory) && files.length > 0) {
      onPackage({ name, version: fields.get('Version') ?? '', directory, files });
    }
    fields = new Map();
    files = [];
    field = '';
  };
  return {
    end,
    line(text) {
      if (text === '') return end();
      if (text.startsWith(' ') || text.startsWith('\t')) {
        if (field !== 'Checksums-Sha256') return;
        const [sha256, size, name] = text.trim().split(/\s+/);
        if (!/^[0-9a-f]{64}$/.test(sha256 ?? '') || !/^\d+$/.test(size ?? '')) return;
        if (name === undefined || !isPlainFileName(name)) return;
        files.push({ name, digest: { sha256: sha256!, size: Number(size) } });
        return;
      }
      const colon = text.indexOf(':');
      field = text.slice(0, colon);
      if (WANTED.has(field)) fields.set(field, text.slice(colon + 1).trim());
    },
  };
}

const NEWLINE = 0x0a;
/** First letters of the fields wanted, blank and tab: a line that begins otherwise is never made a string. */
const BEGINNINGS = new Set([...'PVDC \t'].map((letter) => letter.charCodeAt(0)));

/**
 * Feeds a byte stream to a parser line by line. An index is some sixty megabytes, of which little is wanted:
 * lines are found in the bytes, so that the rest makes no garbage.
 */
export async function parseSourcesStream(bytes: AsyncIterable<Buffer>, parser: SourcesParser): Promise<void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of bytes) {
    const text = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = text.indexOf(NEWLINE); end >= 0; end = text.indexOf(NEWLINE, start)) {
      if (end === start) parser.line('');
      else if (BEGINNINGS.has(text[start]!)) parser.line(text.toString('latin1', start, end));
      start = end + 1;
    }
    rest = text.subarray(start);
  }
  if (rest.length > 0) parser.line(rest.toString('latin1'));
  parser.end();
}
