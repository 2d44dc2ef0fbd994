import type { DistroProfile } from '../../toolkit/domain/distro.ts';
import type { Root } from '../../toolkit/domain/ports.ts';
import type { SpecScanReport, SpecScanRequest } from '../../toolkit/domain/spec-scanner.ts';
import type { Host } from '../../toolkit/host/host.ts';
import { digestFiles } from '../../toolkit/host/scanner/environment.ts';
import { distroRoot, scannerRoot } from '../../toolkit/host/scanner/root.ts';
import { createSpecScanner } from '../../toolkit/host/scanner/scanner.ts';
import { openTree, scanSpecs, treeFiles } from '../../toolkit/stages/specs-to-scans/index.ts';

/** Macros of build scripts, which no scan depends on, and %check as it is without RUN_CHECK. */
const DEFINES: SpecScanRequest['defines'] = [
  { name: 'with_check', body: '0' },
  { name: '_smp_build_ncpus', body: '1' },
  { name: '_make_output_sync', body: '-O' },
];

/** A tree scanned with a profile, and the root in which that was done. */
export interface DistroScan {
  readonly report: SpecScanReport;
  readonly root: Root;
  readonly request: Omit<SpecScanRequest, 'specs'>;
}

/** Scans a tree, or one of its specs folders, as `distrokit scan` does. */
export async function scanDistro(
  host: Host,
  folder: string,
  profile: DistroProfile,
  signal: AbortSignal,
): Promise<DistroScan> {
  const worker = await host.roots.base(profile.worker, signal);
  const tree = await openTree(folder, profile);
  const { answers, versionMacros, target } = profile;
  const request = {
    ...{ folder, target, answers, versionMacros },
    ...{ defines: DEFINES, files: await treeFiles(tree, profile) },
  };
  const scanner = createSpecScanner(host, worker);
  const report = await scanSpecs({ ...request, patterns: tree.patterns }, scanner, host, signal);
  const helperRoot = await scannerRoot(worker, host.roots, signal);
  const digests = await digestFiles(request, host.digests);
  return { report, root: await distroRoot(helperRoot, request, digests, host.roots, signal), request };
}
