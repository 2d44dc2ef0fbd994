import { actionKey, type KeyPart } from '../../domain/action-key.ts';
import type { PackagePlan, PackagePlanInput } from './types.ts';

/** Raised when the way a package is built changes its bytes. */
const RECIPE = 'package/2';
const LAYER_RECIPE = 'layer/2';

/**
 * Plans the build of one source RPM. The key holds what the build can see: the source RPM, the root, the
 * packages in it and the target; not the number of cores, nor where or when it is built.
 */
export function planPackage(input: PackagePlanInput): PackagePlan {
  const layerKey = actionKey(LAYER_RECIPE, {
    root: input.rootKey,
    packages: input.dependencies.map(({ sha256 }) => sha256).sort(),
  });
  return {
    name: input.name,
    srpm: input.srpm,
    dependencies: input.dependencies,
    layerKey,
    runCheck: input.runCheck,
    actionKey: actionKey(RECIPE, {
      srpm: input.srpm.digest.sha256,
      layer: layerKey,
      target: input.targetKey as KeyPart,
      check: input.runCheck,
    }),
  };
}
