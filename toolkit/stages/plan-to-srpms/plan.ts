import { actionKey } from '../../domain/action-key.ts';
import type { SrpmContents } from '../../domain/build-record.ts';
import { targetKey } from '../../domain/target.ts';
import { byCodeUnit } from '../../domain/text.ts';
import type { SrpmPlan, SrpmPlanInput } from './types.ts';

/** Raised when the way a source RPM is packed changes its bytes. */
const RECIPE = 'srpm/2';

/** Plans the packing of one source RPM: pure, so the same input gives the same key everywhere. */
export function planSrpm(input: SrpmPlanInput): SrpmPlan {
  const specFile = input.scan.spec.slice(input.scan.spec.lastIndexOf('/') + 1);
  const files = [...input.files].sort((a, b) => byCodeUnit(a.file, b.file));
  return {
    name: input.scan.source.name,
    specFile,
    specDigest: input.specDigest,
    files,
    actionKey: actionKey(RECIPE, {
      root: input.rootKey,
      target: targetKey(input.target),
      spec: [specFile, input.specDigest],
      files: files.map(({ file, accepted }) => [file, accepted]),
    }),
  };
}

/** What a source RPM is packed from, to be compared with the one before. */
export function srpmContents({ specDigest, files }: SrpmPlan): SrpmContents {
  return {
    spec: specDigest,
    files: Object.fromEntries(files.map(({ file, accepted }) => [file, accepted.join(' ')])),
  };
}
