import { createHash } from 'node:crypto';
import { usageError } from '../../domain/errors.ts';
import { blockPadding, encodeUstar, USTAR_LIMITS } from '../tar/ustar.ts';
import { diskFileName, encodeEnvelope, type OvaMachine } from './envelope.ts';

const BLOCK = 512;
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
): AsyncGenerator<{ readonly offset: number; readonly bytes: Uint8Array }> {
  const start = encodeHead(machine, { size: 0, sha256: NO_DIGEST }, mtime).length;
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of vmdk) {
    yield { offset: start + size, bytes };
    hash.update(bytes);
    size += bytes.length;
    if (size > USTAR_LIMITS.size) {
      throw usageError('OVA_SIZE', `${machine.name}: an OVA holds a disk file of at most 8 GiB`, {
        hint: 'Emit vmdk-stream, which has no such limit.',
      });
    }
  }
  yield { offset: start + size, bytes: Buffer.alloc(blockPadding(size) + 2 * BLOCK) };
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
    header(`${machine.name}.ovf`, envelope.length, mtime),
    filled(envelope),
    header(`${machine.name}.mf`, manifest.length, mtime),
    filled(manifest),
    header(diskFileName(machine), disk.size, mtime),
  ]);
}

function header(name: string, size: number, mtime: number): Buffer {
  return encodeUstar({
    name: Buffer.from(name),
    prefix: Buffer.alloc(0),
    mode: 0o644,
    ...{ uid: 0, gid: 0, size, mtime },
    type: '0',
    linkName: Buffer.alloc(0),
    device: { major: 0, minor: 0 },
  });
}

function filled(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(blockPadding(bytes.length))]);
}
