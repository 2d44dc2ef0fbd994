import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ports, Root } from '../../../toolkit/domain/ports.ts';
import type { SpecScanResult } from '../../../toolkit/domain/spec.ts';
import type { RpmFile } from '../../../toolkit/domain/spec-scanner.ts';
import type { Target } from '../../../toolkit/domain/target.ts';
import type { ScannerOptions } from '../../../toolkit/host/scanner/helper.ts';
import { createSpecScanner } from '../../../toolkit/host/scanner/scanner.ts';
import { scanSpecs } from '../../../toolkit/stages/specs-to-scans/index.ts';

/** What the tests parse for. */
export const TARGET: Target = { arch: 'x86_64', distTag: '.dk1', macros: [], rpmVersion: '4.20.1' };

/** A temporary folder that a sandbox may be shown: those of mkdtemp are their owner's alone. */
export async function sharedFolder(prefix: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  await chmod(path, 0o755);
  return path;
}

/** Scans all specs of a folder with a root's rpm and with these macro files; results by path. */
export async function scanFolder(
  folder: string,
  ports: Pick<Ports, 'roots' | 'store' | 'digests'>,
  worker: Root,
  options: ScannerOptions,
  signal: AbortSignal,
  files: readonly RpmFile[] = [],
): Promise<ReadonlyMap<string, SpecScanResult>> {
  const scanner = createSpecScanner(ports, worker, options);
  const request = {
    ...{ folder, target: TARGET, defines: [] },
    ...{ files, answers: [], versionMacros: undefined },
  };
  const { results } = await scanSpecs(request, scanner, { events: { emit: () => {} } }, signal);
  return new Map(results.map((result) => [result.spec, result]));
}
