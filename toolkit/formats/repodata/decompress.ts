import { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { buildError } from '../../domain/errors.ts';

/**
 * What a metadata file holds, by its name: `.gz` and `.zst` are unpacked, `.xml` is as it is. Throws
 * `REPODATA_COMPRESSION` for other names and `REPODATA_INVALID` for damaged bytes.
 */
export async function* decompress(
  stream: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  const suffix = name.slice(name.lastIndexOf('.') + 1);
  if (suffix === 'xml') {
    yield* stream;
    return;
  }
  const decoder = suffix === 'gz' ? createGunzip() : suffix === 'zst' ? createZstdDecompress() : undefined;
  if (decoder === undefined) {
    throw buildError('REPODATA_COMPRESSION', `${name}: metadata compressed as .${suffix} is not supported.`, {
      hint: 'Make the repository with gzip or zstd: createrepo_c --compress-type=gz.',
    });
  }
  try {
    for await (const chunk of Readable.from(stream).compose(decoder)) {
      yield chunk;
    }
  } catch (cause) {
    const isZlib =
      cause instanceof Error && 'code' in cause && /^(Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(String(cause.code));
    if (!isZlib) {
      throw cause;
    }
    throw buildError('REPODATA_INVALID', `${name} is damaged: ${cause.message}.`, { cause });
  }
}
