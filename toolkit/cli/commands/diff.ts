import { resolve } from 'node:path';
import type { Command } from 'commander';
import { compareImages } from '../../domain/image-difference.ts';
import { readFacts } from '../../pipeline/disk-facts.ts';
import { jsonDocument, paint } from '../../report/answers/text.ts';
import { imageDifferenceText } from '../../report/image-difference.ts';
import { EXIT } from '../exit.ts';
import { type CommandOptions, readSettings, wantsJson } from '../session.ts';

const IMAGE = 'folder below images/, file in it, raw disk, .manifest.jsonl, or configuration that was built';

/** `distrokit diff A B`: how two images differ. Nothing is built. */
export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .description('tell how two images differ: packages, files, kernel command line, size')
    .argument('<first>', IMAGE)
    .argument('<second>', IMAGE)
    .option('--json', 'one JSON document')
    .action(diff);
}

async function diff(first: string, second: string, options: CommandOptions): Promise<void> {
  const settings = readSettings(options, process.env);
  const [before, after] = [
    await readFacts(resolve(first), settings),
    await readFacts(resolve(second), settings),
  ];
  const difference = compareImages(before, after);
  const colours = process.stdout.isTTY && process.env.TERM !== 'dumb' && !process.env.NO_COLOR;
  process.stdout.write(
    wantsJson(options, process.env)
      ? jsonDocument(difference)
      : imageDifferenceText(difference, paint(colours === true)),
  );
  process.exitCode = difference.same ? EXIT.ok : EXIT.build;
}
