import { stat } from 'node:fs/promises';
import fastGlob from 'fast-glob';
import { usageError } from '../../domain/errors.ts';
import type { Ports } from '../../domain/ports.ts';
import { isScanFailure } from '../../domain/spec.ts';
import type { SpecScanner, SpecScanReport } from '../../domain/spec-scanner.ts';
import { orderSpecs, SPEC_PATTERNS } from './plan.ts';
import type { ScanInput } from './types.ts';

/**
 * Finds the specs of a folder and asks what they say. A folder named x.spec or a dangling link is found too,
 * and told as a failure. Specs that fail are results and warnings; they never take the others down. Throws
 * `SPECS_MISSING` when there is no such folder or no spec in it.
 */
export async function scanSpecs(
  input: ScanInput,
  scanner: SpecScanner,
  ports: Pick<Ports, 'events'>,
  signal: AbortSignal,
): Promise<SpecScanReport> {
  const { patterns = SPEC_PATTERNS, ...request } = input;
  const isFolder = await stat(input.folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const found = isFolder
    ? fastGlob.sync([...patterns], {
        cwd: input.folder,
        onlyFiles: false,
        followSymbolicLinks: false,
        dot: true,
      })
    : [];
  if (found.length === 0) {
    throw usageError('SPECS_MISSING', `There is no spec in ${input.folder}.`, {
      hint: `Specs are looked for as ${patterns.join(', ')}; set SPECS_DIR to the folder that holds them.`,
    });
  }
  const report = await scanner.scan({ ...request, specs: orderSpecs(found) }, signal);
  if (report.reason !== undefined) {
    const message = `all specs were scanned again (${report.reason})`;
    ports.events.emit({ type: 'notice.given', level: 'info', message });
  }
  for (const failure of report.results.filter(isScanFailure)) {
    const { message, file, line } = failure.error;
    const place = line === null ? file : `${file}:${line}`;
    ports.events.emit({ type: 'notice.given', level: 'warning', message: `${place}: ${message}` });
  }
  return report;
}
