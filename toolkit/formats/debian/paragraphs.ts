import { StringDecoder } from 'node:string_decoder';
import { buildError } from '../../domain/errors.ts';

/** Fields of one paragraph by their names in lower case; lines of a value are joined by newlines. */
export type Paragraph = ReadonlyMap<string, string>;

/** Characters of one paragraph; the largest of Debian's source index has some 200,000. */
const MAX_PARAGRAPH = 8 * 1024 * 1024;

/**
 * Paragraphs of a control file, one by one. Comment lines are left out. Throws `DEB822_INVALID`.
 * Source: deb822(5), Debian policy 5.1.
 */
export async function* readParagraphs(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Paragraph> {
  let fields = new Map<string, string[]>();
  let last: string[] | undefined;
  let size = 0;
  for await (const line of readLines(stream)) {
    size += line.length;
    if (size > MAX_PARAGRAPH) {
      throw invalid('a paragraph is too long');
    }
    if (line.startsWith('#')) {
      continue;
    }
    if (line.trim() === '') {
      if (fields.size > 0) {
        yield toParagraph(fields);
      }
      fields = new Map();
      last = undefined;
      size = 0;
    } else if (/^[ \t]/.test(line)) {
      if (last === undefined) {
        throw invalid(`${JSON.stringify(line.slice(0, 80))} goes on no field`);
      }
      last.push(line.trim());
    } else {
      const [, name, value] = /^([!-9;-~]+):(.*)$/.exec(line) ?? [];
      if (name === undefined || fields.has(name.toLowerCase())) {
        throw invalid(`${JSON.stringify(line.slice(0, 80))} is no field, or one that is there already`);
      }
      last = [(value ?? '').trim()];
      fields.set(name.toLowerCase(), last);
    }
  }
  if (fields.size > 0) {
    yield toParagraph(fields);
  }
}

async function* readLines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of stream) {
    const lines = (rest + decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length))).split(
      '\n',
    );
    rest = lines.pop() ?? '';
    if (rest.length > MAX_PARAGRAPH) {
      throw invalid('a line is too long');
    }
    for (const line of lines) {
      yield line.endsWith('\r') ? line.slice(0, -1) : line;
    }
  }
  rest += decoder.end();
  if (rest !== '') {
    yield rest;
  }
}

function toParagraph(fields: ReadonlyMap<string, readonly string[]>): Paragraph {
  return new Map([...fields].map(([name, lines]) => [name, lines.join('\n')]));
}

/** Reports an index that is none. */
export function invalid(what: string): Error {
  return buildError('DEB822_INVALID', `Debian index: ${what}.`, {
    hint: 'Fetch the index again; if that does not help, take another mirror.',
  });
}
