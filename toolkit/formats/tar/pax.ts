import type { Xattr } from '../../domain/manifest.ts';

/** One record of a PAX extended header. */
export interface PaxRecord {
  readonly keyword: string;
  readonly value: Uint8Array;
}

/** How extended attributes are written: who reads the archive decides (docs/formats/tar.md). */
export type XattrRecords = 'libarchive' | 'schily' | 'both';

/**
 * Encodes records as `LENGTH KEYWORD=VALUE\n`, where the length counts itself.
 * Source: POSIX.1-2017, pax, "pax Extended Header".
 */
export function encodePaxRecords(records: readonly PaxRecord[]): Buffer {
  return Buffer.concat(
    records.flatMap(({ keyword, value }) => {
      const rest = Buffer.byteLength(keyword) + value.length + 3;
      let length = rest + String(rest).length;
      length = rest + String(length).length;
      return [Buffer.from(`${length} ${keyword}=`), value, Buffer.from('\n')];
    }),
  );
}

/**
 * Records of extended attributes, in the order of the attributes. Of both forms libarchive's comes first: mkfs.erofs
 * 1.8.6 takes the bits of its base64 in another order, and believes the last.
 */
export function xattrRecords(xattrs: readonly Xattr[], form: XattrRecords): PaxRecord[] {
  return xattrs.flatMap(({ name, value }) => [
    ...(form === 'schily' ? [] : [libarchiveXattr(name, value)]),
    ...(form === 'libarchive' ? [] : [{ keyword: `SCHILY.xattr.${name}`, value }]),
  ]);
}

/** libarchive encodes the name like a URL and the value as base64 without its filling. */
function libarchiveXattr(name: string, value: Uint8Array): PaxRecord {
  const base64 = Buffer.from(value).toString('base64').replace(/=+$/, '');
  return { keyword: `LIBARCHIVE.xattr.${encodeName(name)}`, value: Buffer.from(base64) };
}

/** As libarchive's `url_encode`: control characters, blanks, `%`, `=` and what is not ASCII. */
function encodeName(name: string): string {
  return [...Buffer.from(name)]
    .map((byte) => {
      const isPlain = byte > 32 && byte < 127 && byte !== 0x25 && byte !== 0x3d;
      return isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
}
