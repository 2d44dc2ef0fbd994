import { createHash } from 'node:crypto';
import { usageError } from '../../domain/errors.ts';
import type { PositionedBytes } from '../positioned.ts';
import { ARCHIVE_END, encodeFile, encodeFileHeader, MAX_FILE_SIZE } from '../tar/file.ts';
import { blockPadding } from '../tar/ustar.ts';
import { diskFileName, encodeEnvelope, type OvaMachine } from './envelope.ts';

const NO_DIGEST = '0'.repeat(64);

/**
 * An OVA: descriptor, manifest and disk in a tar. `vmdk` gives a stream-optimized VMDK from the first byte to
 * the last; `mtime` is that of the files, in seconds since the epoch. The disk comes first and the chunk at 0
 * last, as it tells the disk's size and digest; a file that was cut short is no archive.
 * Throws `OVA_SIZE` for a disk file above 8 GiB, which a ustar archive cannot hold.
 * Source: DMTF DSP0243 1.1.0, 5; POSIX.1-2017, pax, "ustar Interchange Format".
 */
export async function* writeOva(
  machine: OvaMachine,
  vmdk: AsyncIterable<Uint8Array>,
  mtime: number,
): AsyncGenerator<PositionedBytes> {
  const start = encodeHead(machine, { size: 0, sha256: NO_DIGEST }, mtime).length;
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of vmdk) {
    yield { offset: start + size, bytes };
    hash.update(bytes);
    size += bytes.length;
    if (size > MAX_FILE_SIZE) {
      throw usageError('OVA_SIZE', `${machine.name}: an OVA holds a disk file of at most 8 GiB`, {
        hint: 'Emit vmdk-stream, which has no such limit.',
      });
    }
  }
  yield { offset: start + size, bytes: Buffer.alloc(blockPadding(size) + ARCHIVE_END) };
  yield { offset: 0, bytes: encodeHead(machine, { size, sha256: hash.digest('hex') }, mtime) };
}

/** Everything before the disk; its length does not depend on the disk's file. */
function encodeHead(
  machine: OvaMachine,
  disk: { readonly size: number; readonly sha256: string },
  mtime: number,
): Buffer {
  const envelope = Buffer.from(encodeEnvelope(machine, disk.size));
  const digests = [
    [`${machine.name}.ovf`, createHash('sha256').update(envelope).digest('hex')],
    [diskFileName(machine), disk.sha256],
  ];
  const manifest = Buffer.from(digests.map(([name, digest]) => `SHA256(${name})= ${digest}\n`).join(''));
  return Buffer.concat([
    encodeFile(`${machine.name}.ovf`, envelope, mtime),
    encodeFile(`${machine.name}.mf`, manifest, mtime),
    encodeFileHeader(diskFileName(machine), disk.size, mtime),
  ]);
}
