import { resolve } from 'node:path';
import type { Command } from 'commander';
import { isScanFailure } from '../../domain/spec.ts';
import { readScans, refuseScanFailures } from '../../pipeline/graph.ts';
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
    async (context, _assembly, signal) => {
      const folder = options.specs === undefined ? context.settings.specsDir : resolve(options.specs);
      const { results } = await readScans(folder, context, signal);
      process.stdout.write(results.map((result) => `${JSON.stringify(result)}\n`).join(''));
      refuseScanFailures(results.filter(isScanFailure));
      return results.length;
    },
    () => '',
  );
}
