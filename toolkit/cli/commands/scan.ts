import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isScanFailure } from '../../domain/spec.ts';
import { refuseScanFailures } from '../../pipeline/index.ts';
import { scanSpecs } from '../../stages/specs-to-scans/index.ts';
import { runCommand } from '../run.ts';
import type { CommandOptions } from '../session.ts';

interface ScanOptions extends CommandOptions {
  readonly specs?: string;
}

/** `distrokit scan`: what rpm says of every spec, one JSON object a line. */
export function addScanCommand(program: Command): void {
  program
    .command('scan')
    .description('print what rpm says of every spec, one JSON object a line')
    .option('--specs <folder>', 'folder of the specs (SPECS_DIR)')
    .option('--json', 'events as JSON lines too')
    .action(scan);
}

async function scan(options: ScanOptions): Promise<void> {
  await runCommand(
    options,
    async ({ settings, target, scanner, ports }, _assembly, signal) => {
      const folder = options.specs === undefined ? settings.specsDir : resolve(options.specs);
      const request = { folder, target, defines: [], macroFiles: [] };
      const { results } = await scanSpecs(request, scanner, ports, signal);
      process.stdout.write(results.map((result) => `${JSON.stringify(result)}\n`).join(''));
      refuseScanFailures(results.filter(isScanFailure));
      return results.length;
    },
    () => '',
  );
}
