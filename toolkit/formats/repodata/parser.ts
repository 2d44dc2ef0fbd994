import { SaxesParser, type SaxesTagNS } from 'saxes';
import { buildError } from '../../domain/errors.ts';

/** An element that has started. */
export interface XmlElement {
  /** Name without a prefix. */
  readonly name: string;
  /** Attributes by their names without a prefix. */
  readonly attributes: ReadonlyMap<string, string>;
}

export interface XmlHandler {
  /** `path` holds the names of the elements that are open, this one last. */
  start(element: XmlElement, path: readonly string[]): void;
  /** An element ended; `text` is the text right inside of it. */
  end(path: readonly string[], text: string): void;
}

export interface XmlFeeder {
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface XmlLimits {
  /** Bytes of the whole document. */
  readonly total: number;
  /** Bytes between two events: no text, tag or comment is longer. */
  readonly item: number;
}

const MAX_DEPTH = 32;

/**
 * A streaming parser of XML that a stranger wrote: it knows no document types (so no entities of its own), and
 * holds sizes and depth to limits. Throws `REPODATA_INVALID`.
 */
export function xmlFeeder(what: string, handler: XmlHandler, limits: XmlLimits): XmlFeeder {
  const parser = new SaxesParser({ xmlns: true });
  const decoder = new TextDecoder('utf-8');
  const path: string[] = [];
  const texts: string[] = [];
  let total = 0;
  let quiet = 0;

  const fail = (problem: string): never => {
    throw buildError('REPODATA_INVALID', `${what}: ${problem}`, {
      hint: 'Fetch it again; if that does not help, the package server has a damaged repository.',
    });
  };
  parser.on('error', (error) => fail(error.message));
  parser.on('doctype', () => fail('it has a document type.'));
  parser.on('opentag', (tag: SaxesTagNS) => {
    quiet = 0;
    path.push(tag.local);
    texts.push('');
    if (path.length > MAX_DEPTH) {
      fail('its elements are nested too deep.');
    }
    const values = Object.values(tag.attributes).map(({ local, value }) => [local, value] as const);
    handler.start({ name: tag.local, attributes: new Map(values) }, path);
  });
  const addText = (text: string) => {
    const last = texts.length - 1;
    if (last >= 0) {
      texts[last] += text;
      if ((texts[last]?.length ?? 0) > limits.item) {
        fail('a text is too long.');
      }
    }
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    quiet = 0;
    handler.end(path, texts.pop() ?? '');
    path.pop();
  });

  return {
    write(bytes) {
      total += bytes.length;
      quiet += bytes.length;
      if (total > limits.total) {
        fail(`it is larger than ${limits.total} bytes.`);
      }
      parser.write(decoder.decode(bytes, { stream: true }));
      if (quiet > limits.item + bytes.length) {
        fail('an element is too long.');
      }
    },
    close() {
      parser.write(decoder.decode());
      parser.close();
    },
  };
}
