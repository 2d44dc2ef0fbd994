import { createHash } from 'node:crypto';
import { usageError } from '../../domain/errors.ts';
import type { PositionedBytes } from '../positioned.ts';
import { ARCHIVE_END, encodeFile, encodeFileHeader, MAX_FILE_SIZE } from '../tar/file.ts';
import { blockPadding } from '../tar/ustar.ts';
import {
  type Blob,
  encodeConfig,
  encodeIndex,
  encodeLayout,
  encodeManifest,
  type OciImage,
} from './documents.ts';

/**
 * An OCI image layout as a tar (`oci-archive:` of skopeo and podman). `layer` gives the compressed layer from
 * the first byte to the last; it is written first, and the chunk at 0, its header, last: the header tells its
 * size and digest. Throws `OCI_SIZE` for a layer above 8 GiB.
 * Source: OCI Image Specification 1.1, image-layout.md.
 */
export async function* writeOci(
  image: OciImage,
  layer: AsyncIterable<Uint8Array>,
): AsyncGenerator<PositionedBytes> {
  const { created } = image;
  const start = encodeFileHeader('', 0, created).length;
  const hash = createHash('sha256');
  let size = 0;
  for await (const bytes of layer) {
    yield { offset: start + size, bytes };
    hash.update(bytes);
    size += bytes.length;
    if (size > MAX_FILE_SIZE) {
      throw usageError('OCI_SIZE', `${image.name}: a layer of more than 8 GiB does not fit into the archive`);
    }
  }
  const packed = { size, sha256: hash.digest('hex') };
  const config = encodeConfig(image);
  const manifest = encodeManifest(image, config, packed);
  const rest = [
    Buffer.alloc(blockPadding(size)),
    encodeFile(blobPath(config), config.bytes, created),
    encodeFile(blobPath(manifest), manifest.bytes, created),
    encodeFile('index.json', encodeIndex(image, manifest).bytes, created),
    encodeFile('oci-layout', encodeLayout().bytes, created),
    Buffer.alloc(ARCHIVE_END),
  ];
  yield { offset: start + size, bytes: Buffer.concat(rest) };
  yield { offset: 0, bytes: encodeFileHeader(blobPath(packed), size, created) };
}

function blobPath({ sha256 }: Blob): string {
  return `blobs/sha256/${sha256}`;
}
