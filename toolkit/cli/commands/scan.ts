import type { Command } from 'commander';
import { isScanFailure } from '../../domain/spec.ts';
import { readScans, refuseScanFailures } from '../../pipeline/graph.ts';
import { runCommand } from '../run.ts';
import type { CommandOptions } from '../session.ts';

/** `distrokit scan`: what rpm says of every spec, one JSON object a line. */
export function addScanCommand(program: Command): void {
  program
    .command('scan')
    .description('print what rpm says of every spec, one JSON object a line')
    .option('--distro <name>', 'distribution profile (DISTRO)')
    .option('--specs <folder>', 'folder of the specs, or their tree (SPECS_DIR)')
    .option('--json', 'the same: these lines are JSON, and nothing else is on stdout')
    .action(scan);
}

async function scan(options: CommandOptions): Promise<void> {
  await runCommand(
    // Events go to stderr: stdout is data.
    { ...options, json: false },
    async (context, _assembly, signal) => {
      const { results } = await readScans(context, signal);
      process.stdout.write(results.map((result) => `${JSON.stringify(result)}\n`).join(''));
      refuseScanFailures(results.filter(isScanFailure));
      return results.length;
    },
    () => '',
  );
}
