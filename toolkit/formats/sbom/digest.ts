import { actionKey } from '../../domain/action-key.ts';
import type { Sha256 } from '../../domain/digest.ts';
import type { ImageBill } from '../../domain/image-bill.ts';

/** A digest of all that a bill lists: two documents of one image have one name only where they say the same. */
export function billDigest({ config, packages, bootPrograms, builder, base }: ImageBill): Sha256 {
  return actionKey('image-bill/1', {
    config: config.sha256,
    packages: packages.map(({ nevra, digest }) => [nevra, digest?.sha256 ?? null]),
    boot: bootPrograms.map(({ file, from }) => [
      file,
      from.kind === 'package' ? from.nevra : from.package.sha256,
    ]),
    version: builder.version,
    ...(base === undefined ? {} : { base: base.sha256 }),
  });
}
