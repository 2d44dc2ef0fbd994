import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { FileDigest } from '../../domain/digest.ts';
import type { PackedFormat } from '../../domain/image-format.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import { type DiskPacker, packerOf } from '../../formats/disk-packer.ts';
import { diskFileName, writeOva } from '../../formats/ova/index.ts';
import { compressQcow2 } from '../../formats/qcow2/index.ts';
import { streamVmdk } from '../../formats/vmdk/index.ts';
import { vmdkIdentity } from './formats.ts';
import { type Making, rawDisk } from './making.ts';
import { openPackThreads } from './pack-threads.ts';
import type { Artifact } from './types.ts';
import { fileSource, writeBytes, writeChunks, writeWhole } from './write.ts';

const BUFFER = 1 << 20;
const FEW_BYTES = 64 << 20;
/** What the machine of an OVA has; whoever imports it can change that. */
const MACHINE = { cpus: 2, memoryMb: 2048 } as const;

/** One disk at a time is compressed: it takes all processors, and every thread some 90 MiB. */
const oneAtATime = pLimit(1);

/** Writes the disk in a format that compresses it. */
export async function packDisk(
  format: PackedFormat,
  path: string,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  // Before its turn: it would wait for what has to wait for it.
  const vmdk = format === 'ova' ? await making.sibling('vmdk-stream') : undefined;
  return await oneAtATime(async () => await pack(format, path, vmdk, making, signal));
}

async function pack(
  format: PackedFormat,
  path: string,
  other: Artifact | undefined,
  making: Making,
  signal: AbortSignal,
): Promise<FileDigest> {
  const { size, path: rawPath } = await rawDisk(making);
  await using raw = await open(rawPath);
  await using threads = openPackThreads(raw, signal);
  switch (format) {
    case 'qcow2-zstd': {
      const extents = await making.extents();
      const used = extents.reduce((sum, { length }) => sum + length, 0);
      // Zstandard is done with little before a thread has begun.
      const packer = used < FEW_BYTES ? packerOf(fileSource(raw, signal), 2) : threads;
      const chunks = compressQcow2(size, extents, packer, 'zstd');
      return await writeWhole(path, async (file) => await writeChunks(chunks, file, signal));
    }
    case 'vmdk-stream': {
      const bytes = await vmdkBytes(size, threads, making);
      return await writeWhole(path, async (file) => await writeBytes(bytes, file, signal));
    }
    case 'ova': {
      const { config, rootfs } = making.request;
      const firmware = config.disk.boot === 'uefi' ? ('efi' as const) : ('bios' as const);
      const machine = { ...MACHINE, name: config.name, version: config.version, diskSize: size, firmware };
      const vmdk =
        other === undefined
          ? await vmdkBytes(size, threads, making)
          : createReadStream(other.path, { highWaterMark: BUFFER });
      const chunks = writeOva(machine, vmdk, rootfs.epoch);
      return await writeWhole(path, async (file) => await writeChunks(chunks, file, signal));
    }
  }
}

/** The same bytes for the format by itself and inside of an OVA. */
async function vmdkBytes(
  size: number,
  packer: DiskPacker,
  making: Making,
): Promise<AsyncIterable<Uint8Array>> {
  const { config } = making.request;
  const identity = vmdkIdentity('vmdk-stream', imageIdentity(config), diskFileName(config));
  return streamVmdk(size, await making.extents(), packer, identity);
}
