import { roundUp } from '../../domain/round.ts';
import {
  copyBlocks,
  type Extent,
  type ImageChunk,
  type ImagePlan,
  joinCopies,
  normalizeExtents,
  touchedBlocks,
} from '../image.ts';
import { DESCRIPTOR_SECTORS, encodeDescriptor, type VmdkIdentity } from './descriptor.ts';
import {
  checkVmdkSize,
  encodeHeader,
  GRAIN_SIZE,
  SECTOR,
  TABLE_ENTRIES,
  TABLE_SECTORS,
  tableCount,
} from './header.ts';

const DESCRIPTOR_SECTOR = 1;

/**
 * A monolithic sparse VMDK with grains of 64 KiB, only those that an extent touches, and all grain tables,
 * twice. `virtualSize` is in bytes, a multiple of 64 KiB up to 2 TiB, else `VMDK_SIZE`; also throws
 * `IMAGE_EXTENTS`. Source: VMware Virtual Disk Format 5.0, "Hosted Sparse Extents".
 */
export function planVmdk(virtualSize: number, extents: readonly Extent[], identity: VmdkIdentity): ImagePlan {
  checkVmdkSize(virtualSize);
  const normal = normalizeExtents(extents, virtualSize);
  const grains = touchedBlocks(normal, GRAIN_SIZE);
  const layout = planLayout(virtualSize);
  const grainAt = (index: number) => layout.overhead * SECTOR + index * GRAIN_SIZE;
  return {
    size: grainAt(grains.length),
    *chunks() {
      const descriptor = { offset: DESCRIPTOR_SECTOR, sectors: DESCRIPTOR_SECTORS };
      const head = { virtualSize, isStream: false, descriptor, ...layout };
      yield { offset: 0, bytes: encodeHeader(head) };
      yield {
        offset: DESCRIPTOR_SECTOR * SECTOR,
        bytes: encodeDescriptor(virtualSize, 'monolithicSparse', identity),
      };
      for (const place of [layout.redundantDirectory, layout.directory]) {
        yield directory(place, layout);
        yield* tables(place + layout.directorySectors, grains, grainAt);
      }
      yield* joinCopies(copyBlocks(normal, grains, GRAIN_SIZE, grainAt));
    },
  };
}

interface Layout {
  readonly tableCount: number;
  readonly directorySectors: number;
  readonly redundantDirectory: number;
  readonly directory: number;
  readonly overhead: number;
}

/** Places in sectors: header, descriptor, then twice a directory and its tables, then the grains. */
function planLayout(virtualSize: number): Layout {
  const count = tableCount(virtualSize);
  const directorySectors = Math.ceil((count * 4) / SECTOR);
  const redundantDirectory = DESCRIPTOR_SECTOR + DESCRIPTOR_SECTORS;
  const directoryAt = redundantDirectory + directorySectors + count * TABLE_SECTORS;
  const end = directoryAt + directorySectors + count * TABLE_SECTORS;
  const grainSectors = GRAIN_SIZE / SECTOR;
  return {
    tableCount: count,
    directorySectors,
    redundantDirectory,
    directory: directoryAt,
    overhead: roundUp(end, grainSectors),
  };
}

function directory(place: number, { directorySectors, tableCount: count }: Layout): ImageChunk {
  const bytes = Buffer.alloc(directorySectors * SECTOR);
  for (let table = 0; table < count; table += 1) {
    bytes.writeUInt32LE(place + directorySectors + table * TABLE_SECTORS, table * 4);
  }
  return { offset: place * SECTOR, bytes };
}

/** The tables that are not empty; `place` is the first one's sector. */
function* tables(
  place: number,
  grains: readonly number[],
  grainAt: (index: number) => number,
): Generator<ImageChunk> {
  for (let from = 0; from < grains.length; ) {
    const table = Math.floor(grains[from]! / TABLE_ENTRIES);
    const bytes = Buffer.alloc(TABLE_ENTRIES * 4);
    for (; from < grains.length && Math.floor(grains[from]! / TABLE_ENTRIES) === table; from += 1) {
      bytes.writeUInt32LE(grainAt(from) / SECTOR, (grains[from]! % TABLE_ENTRIES) * 4);
    }
    yield { offset: (place + table * TABLE_SECTORS) * SECTOR, bytes };
  }
}
