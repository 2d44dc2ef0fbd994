import { copyBlocks, type Extent, type ImagePlan, normalizeExtents } from '../image.ts';
import { encodeFooter, FOOTER_SIZE, type VhdIdentity } from './footer.ts';

/**
 * A fixed VHD: the raw disk and a footer. `virtualSize` is in bytes; Azure wants a multiple of 1 MiB.
 * Throws `VHD_SIZE` and `IMAGE_EXTENTS`.
 */
export function planFixedVhd(
  virtualSize: number,
  extents: readonly Extent[],
  identity: VhdIdentity,
): ImagePlan {
  const footer = encodeFooter(virtualSize, 'fixed', identity);
  const normal = normalizeExtents(extents, virtualSize);
  return {
    size: virtualSize + FOOTER_SIZE,
    *chunks() {
      yield* copyBlocks(normal, [0], virtualSize, () => 0);
      yield { offset: virtualSize, bytes: footer };
    },
  };
}
