const SECTOR = 512;
const TABLE_SECTORS = 32;
const RESERVED = 32;
const KINDS = {
  fat32: { sectors: 4096, end: 0x0fffffff, rootEntries: 0 },
  // What these are is told by how many clusters they have.
  fat16: { sectors: 5000, end: 0xffff, rootEntries: 64 },
  fat12: { sectors: 4000, end: 0xfff, rootEntries: 64 },
} as const;

/** A FAT of about 2 MiB with short names, written by its specification: clusters of 512 bytes, backwards, so that none follows another. */
export function smallFat(
  files: Readonly<Record<string, Uint8Array>>,
  kind: keyof typeof KINDS = 'fat32',
): Buffer {
  const { sectors: SECTORS, end: END, rootEntries } = KINDS[kind];
  const disk = Buffer.alloc(SECTORS * SECTOR);
  disk.writeUInt16LE(SECTOR, 11);
  disk[13] = 1;
  disk.writeUInt16LE(RESERVED, 14);
  disk[16] = 2;
  if (kind === 'fat32') {
    disk.writeUInt32LE(SECTORS, 32);
    disk.writeUInt32LE(TABLE_SECTORS, 36);
    disk.writeUInt32LE(2, 44);
    disk.write('FAT32   ', 82, 'latin1');
  } else {
    disk.writeUInt16LE(rootEntries, 17);
    disk.writeUInt16LE(SECTORS, 19);
    disk.writeUInt16LE(TABLE_SECTORS, 22);
    disk.writeUInt32LE(0x1234abcd, 39);
    disk.write(`SMALL      ${kind.toUpperCase()}   `, 43, 'latin1');
  }
  disk.writeUInt16LE(0xaa55, 510);
  const root = (RESERVED + 2 * TABLE_SECTORS) * SECTOR;
  const data = RESERVED + 2 * TABLE_SECTORS + (rootEntries * 32) / SECTOR;
  let next = SECTORS - data;
  const link = (cluster: number, to: number) => {
    for (const table of [0, 1]) {
      const at = (RESERVED + table * TABLE_SECTORS) * SECTOR;
      if (kind === 'fat32') disk.writeUInt32LE(to, at + cluster * 4);
      else if (kind === 'fat16') disk.writeUInt16LE(to, at + cluster * 2);
      else {
        const pair = at + Math.floor((cluster * 3) / 2);
        const [shift, others] = cluster % 2 === 0 ? [0, 0xf000] : [4, 0x000f];
        disk.writeUInt16LE((disk.readUInt16LE(pair) & others) | (to << shift), pair);
      }
    }
  };
  const place = (bytes: Uint8Array, first?: number): number => {
    let start = first ?? 0;
    let before: number | undefined;
    for (let at = 0; at < Math.max(bytes.length, 1); at += SECTOR) {
      const cluster = at === 0 && first !== undefined ? first : next--;
      if (at === 0) start = cluster;
      if (before !== undefined) link(before, cluster);
      link(cluster, END);
      disk.set(bytes.subarray(at, at + SECTOR), (data + cluster - 2) * SECTOR);
      before = cluster;
    }
    return start;
  };
  const folder = (prefix: string, first?: number): number => {
    const below = Object.keys(files)
      .filter((path) => path.startsWith(prefix))
      .map((path) => path.slice(prefix.length));
    const names = [...new Set(below.map((path) => path.split('/')[0]!))];
    // A label, a part of a long name and a deleted file are no files.
    const entries = [record('LABEL', 0x08, 0, 0), record('LONG', 0x0f, 0, 0), deleted()];
    for (const name of names) {
      const bytes = files[`${prefix}${name}`];
      entries.push(
        bytes === undefined
          ? record(name, 0x10, folder(`${prefix}${name}/`), 0)
          : record(name, 0x20, place(bytes), bytes.length),
      );
    }
    const bytes = Buffer.concat(entries);
    if (prefix === '' && kind !== 'fat32') {
      disk.set(bytes, root);
      return 0;
    }
    return place(bytes, first);
  };
  folder('', kind === 'fat32' ? 2 : undefined);
  return disk;
}

function record(name: string, attributes: number, cluster: number, size: number): Buffer {
  const bytes = Buffer.alloc(32);
  const [base = '', extension = ''] = name.split('.');
  bytes.write(`${base.padEnd(8)}${extension.padEnd(3)}`, 'latin1');
  bytes[11] = attributes;
  bytes.writeUInt16LE(cluster >>> 16, 20);
  bytes.writeUInt16LE(cluster & 0xffff, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}

function deleted(): Buffer {
  const bytes = record('FILE.TXT', 0x20, 5, 5);
  bytes[0] = 0xe5;
  return bytes;
}
