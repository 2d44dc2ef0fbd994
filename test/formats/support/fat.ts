const SECTOR = 512;
const SECTORS = 4096;
const TABLE_SECTORS = 32;
const RESERVED = 32;
const END = 0x0fffffff;

/** A FAT32 of 2 MiB with short names, written by its specification: clusters of 512 bytes, backwards, so that none follows another. */
export function smallFat(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const disk = Buffer.alloc(SECTORS * SECTOR);
  disk.writeUInt16LE(SECTOR, 11);
  disk[13] = 1;
  disk.writeUInt16LE(RESERVED, 14);
  disk[16] = 2;
  disk.writeUInt32LE(SECTORS, 32);
  disk.writeUInt32LE(TABLE_SECTORS, 36);
  disk.writeUInt32LE(2, 44);
  disk.write('FAT32   ', 82, 'latin1');
  disk.writeUInt16LE(0xaa55, 510);
  const data = RESERVED + 2 * TABLE_SECTORS;
  let next = SECTORS - data;
  const link = (cluster: number, to: number) => {
    for (const table of [0, 1]) {
      disk.writeUInt32LE(to, (RESERVED + table * TABLE_SECTORS) * SECTOR + cluster * 4);
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
    return place(Buffer.concat(entries), first);
  };
  folder('', 2);
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
