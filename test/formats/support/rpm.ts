import { createHash } from 'node:crypto';

export type TagValue =
  | { readonly strings: readonly (string | Buffer)[] }
  | { readonly string: string }
  | { readonly int16: readonly number[] }
  | { readonly int32: readonly number[] }
  | { readonly int64: readonly bigint[] };

/** Encodes a header structure, entries in the order given. */
export function makeHeader(tags: readonly (readonly [number, TagValue])[]): Buffer {
  const index: Buffer[] = [];
  let store = Buffer.alloc(0);
  for (const [tag, value] of tags) {
    const { type, count, align, bytes } = encode(value);
    store = Buffer.concat([store, Buffer.alloc((align - (store.length % align)) % align)]);
    const entry = Buffer.alloc(16);
    for (const [at, field] of [tag, type, store.length, count].entries()) {
      entry.writeUInt32BE(field, at * 4);
    }
    index.push(entry);
    store = Buffer.concat([store, bytes]);
  }
  const intro = Buffer.alloc(16);
  intro.write('8eade801', 'hex');
  intro.writeUInt32BE(tags.length, 8);
  intro.writeUInt32BE(store.length, 12);
  return Buffer.concat([intro, ...index, store]);
}

/**
 * A whole RPM file of a main header, and some payload. The signature header holds the main header's digest,
 * unless damage is to get past it.
 */
export function makeRpm(tags: readonly (readonly [number, TagValue])[], hasDigest = true): Buffer {
  const lead = Buffer.alloc(96);
  lead.write('edabeedb0300', 'hex');
  const main = makeHeader(tags);
  const digest = createHash('sha256').update(main).digest('hex');
  const signature = makeHeader([
    [hasDigest ? 273 : 9999, { string: digest }],
    [1007, { int32: [1234] }],
  ]);
  const padding = Buffer.alloc(-signature.length & 7);
  return Buffer.concat([lead, signature, padding, main, Buffer.from('payload')]);
}

function encode(value: TagValue): { type: number; count: number; align: number; bytes: Buffer } {
  if ('string' in value) {
    return { type: 6, count: 1, align: 1, bytes: Buffer.from(`${value.string}\0`) };
  }
  if ('strings' in value) {
    const parts = value.strings.flatMap((text) => [Buffer.from(text), Buffer.from([0])]);
    return { type: 8, count: value.strings.length, align: 1, bytes: Buffer.concat(parts) };
  }
  if ('int16' in value) {
    const bytes = Buffer.alloc(value.int16.length * 2);
    for (const [at, number] of value.int16.entries()) {
      bytes.writeUInt16BE(number, at * 2);
    }
    return { type: 3, count: value.int16.length, align: 2, bytes };
  }
  if ('int32' in value) {
    const bytes = Buffer.alloc(value.int32.length * 4);
    for (const [at, number] of value.int32.entries()) {
      bytes.writeUInt32BE(number, at * 4);
    }
    return { type: 4, count: value.int32.length, align: 4, bytes };
  }
  const bytes = Buffer.alloc(value.int64.length * 8);
  for (const [at, number] of value.int64.entries()) {
    bytes.writeBigUInt64BE(number, at * 8);
  }
  return { type: 5, count: value.int64.length, align: 8, bytes };
}
