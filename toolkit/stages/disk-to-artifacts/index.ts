export { readIndex as readImageIndex } from './artifact-index.ts';
export { emitArtifacts } from './run.ts';
export type { Artifact, ArtifactPlan, ArtifactsRequest, InstalledSystem, InstallerParts } from './types.ts';
