import { join } from 'node:path';
import type { Settings } from './settings.ts';

/** Where this checkout's results are. */
export function outPaths(settings: Pick<Settings, 'outDir'>) {
  const out = settings.outDir;
  return {
    rpms: join(out, 'RPMS'),
    srpms: join(out, 'SRPMS'),
    packageLog: (name: string) => join(out, 'logs', 'packages', `${name}.log`),
    verifyLog: (name: string) => join(out, 'logs', 'verify', `${name}.log`),
    /** Packages of a second build that came out otherwise. */
    varied: (name: string) => join(out, 'verify', name),
    /** Artifacts of a second image that came out otherwise, by configuration. */
    variedImages: join(out, 'verify', 'images'),
    srpmLog: (name: string) => join(out, 'logs', 'srpms', `${name}.log`),
    scans: join(out, '01-scans.json'),
    graph: join(out, '02-graph.json'),
    plan: join(out, '03-plan.json'),
    solution: join(out, '04-image-packages.json'),
  };
}
