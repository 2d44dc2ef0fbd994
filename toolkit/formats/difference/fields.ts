interface FieldRange {
  readonly from: number;
  readonly to: number;
  readonly name: string;
}

/** Offsets from the start; below 0 from the end. Sources: docs/formats/. */
const FIELDS: Readonly<Record<string, readonly FieldRange[]>> = {
  vhd: [
    range(-512, -488, 'footer: features and version'),
    range(-488, -484, 'footer: time stamp'),
    range(-484, -448, 'footer: creator, size and geometry'),
    range(-448, -444, 'footer: checksum'),
    range(-444, -428, 'footer: unique id'),
    range(-428, 0, 'footer'),
  ],
  vhdx: [
    range(0, 65_536, 'file type identifier'),
    range(65_536, 131_072, 'header 1'),
    range(131_072, 196_608, 'header 2'),
    range(196_608, 262_144, 'region table 1'),
    range(262_144, 327_680, 'region table 2'),
    range(1_048_576, 2_097_152, 'log'),
    range(2_097_152, 3_145_728, 'metadata or block allocation table'),
  ],
  qcow2: [range(0, 112, 'header'), range(112, 65_536, 'header extensions')],
  vdi: [
    range(0, 72, 'preheader'),
    range(72, 392, 'header: description and geometry'),
    range(392, 424, 'header: UUIDs'),
    range(424, 512, 'header'),
  ],
  vmdk: [range(0, 512, 'sparse header'), range(512, 10_752, 'descriptor')],
  iso: [
    range(0, 32_768, 'system area'),
    range(32_768 + 813, 32_768 + 881, 'primary volume descriptor: dates'),
    range(32_768, 34_816, 'primary volume descriptor'),
  ],
  squashfs: [range(8, 12, 'superblock: mkfs time'), range(0, 96, 'superblock')],
  erofs: [
    range(1072, 1088, 'superblock: build time'),
    range(1088, 1104, 'superblock: UUID'),
    range(1024, 1152, 'superblock'),
  ],
};

function range(from: number, to: number, name: string): FieldRange {
  return { from, to, name };
}

/** What of a format a byte of a file is in; empty where it is content, or nothing is known of the format. */
export function formatField(format: string, offset: number, size: number): string {
  const fields = FIELDS[format.replace(/-(?:dynamic|fixed|zstd|stream)$/, '')] ?? [];
  const found = fields.find(({ from, to }) => {
    const start = from < 0 ? size : 0;
    return offset >= start + from && offset < start + to;
  });
  return found?.name ?? '';
}
