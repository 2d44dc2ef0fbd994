import { buildError } from '../../domain/errors.ts';

/** One element of DER. */
export interface DerElement {
  readonly tag: number;
  /** All of it. */
  readonly whole: Buffer;
  readonly content: Buffer;
  /** Elements that it consists of, where it is a constructed one. */
  readonly parts: () => DerElement[];
}

/** The element at the beginning of some bytes. Throws `DER_INVALID`. Source: X.690. */
export function readElement(bytes: Buffer): DerElement {
  const first = bytes[1];
  const count = first === undefined || first < 0x80 ? 0 : first & 0x7f;
  const start = 2 + count;
  if (first === undefined || count > 4 || start > bytes.length) throw invalid();
  const length = count === 0 ? first : bytes.readUIntBE(2, count);
  if (start + length > bytes.length) throw invalid();
  const content = bytes.subarray(start, start + length);
  return { tag: bytes[0]!, whole: bytes.subarray(0, start + length), content, parts: () => all(content) };
}

function all(content: Buffer): DerElement[] {
  const found: DerElement[] = [];
  for (let at = 0; at < content.length; ) {
    const next = readElement(content.subarray(at));
    found.push(next);
    at += next.whole.length;
  }
  return found;
}

function invalid(): Error {
  return buildError('DER_INVALID', 'this is no DER, or it is cut short');
}
