/**
 * Runs inside the sandbox, under Node, with a `ComposeJob` on standard input: installs the packages, reads
 * the tree with its in-image owners, and leaves tar or tree, manifest, extracts and summary. Imports nothing but
 * the toolkit's own files and Node.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { ComposeJob, ComposeSummary } from '../../domain/image-job.ts';
import { type Tree, treePaths } from '../../domain/image-tree.ts';
import { restoreBase, unpackBase } from './base.ts';
import { addFile, completeTree, type InstallTime, topFolder, treeSize } from './complete.ts';
import { settleDatabase } from './database.ts';
import { installPackages } from './install.ts';
import { labelTree } from './labels.ts';
import { listTree } from './list.ts';
import { materialize } from './materialize.ts';
import { packTree, writeContent } from './pack.ts';
import { withDevices } from './prepare.ts';
import { readTree } from './read-tree.ts';
import { runScripts } from './scripts.ts';
import { setServices } from './services.ts';
import { readXattrs } from './xattrs.ts';

async function compose(job: ComposeJob): Promise<void> {
  process.umask(0o022);
  mkdirSync(job.target, { mode: 0o755 });
  mkdirSync(job.out, { mode: 0o755 });
  const from = diskTime(`${job.out}/before`);
  if (job.base !== undefined) unpackBase(job.target, job.base);
  const notices = withDevices(job.target, () => {
    const said = installPackages(job);
    setServices(job, (units) =>
      changeTarget(job, (tree) => {
        for (const unit of units) addFile(tree, unit, job.epoch);
      }),
    );
    return said;
  });
  const installed = { from, to: diskTime(`${job.out}/after`) };
  const isScripted = job.scripts.length > 0;
  if (isScripted) notices.push(...runInTree(job, installed));
  // Scripts have found files and accounts already.
  const rest = isScripted ? { ...job, folders: [], links: [], files: [], groups: [], users: [] } : job;
  const tree = readTarget(job);
  completeTree(tree, rest, installed);
  labelTree(tree, job);
  const manifest = `${job.out}/manifest.jsonl`;
  if (job.leaveBelow === undefined) await packTree(tree, `${job.out}/rootfs.tar`, manifest);
  else {
    await listTree(tree, { manifest, contents: `${job.out}/contents.jsonl` }, job.leaveBelow, job.out);
  }
  const summary: ComposeSummary = {
    extracts: await extract(tree, job),
    size: treeSize(tree),
    top: topFolder(tree),
    notices,
  };
  writeFileSync(`${job.out}/summary.json`, JSON.stringify(summary));
}

/** The time that a file gets which is written now, in seconds since the epoch: not always what programs are told. */
function diskTime(path: string): number {
  writeFileSync(path, '');
  return Math.floor(statSync(path).mtimeMs / 1000);
}

/** Runs the scripts in the tree as it will be. Returns what they said. */
function runInTree(job: ComposeJob, installed: InstallTime): string[] {
  changeTarget(job, (tree) => completeTree(tree, job, installed));
  const said = withDevices(job.target, () => runScripts(job));
  settleDatabase(job);
  return said;
}

function changeTarget(job: ComposeJob, change: (tree: Tree) => void): void {
  const before = readTarget(job);
  const tree = new Map(before);
  change(tree);
  materialize(job.target, before, tree);
}

/** The tree as it stands in the target; of a changed image, with what the target could not keep. */
function readTarget(job: ComposeJob): Tree {
  const tree = readTree(job.target, readXattrs(job.target));
  if (job.base !== undefined) restoreBase(tree, job.base);
  return tree;
}

async function extract(tree: Tree, job: ComposeJob): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const paths = treePaths(tree);
  for (const { name, pattern } of job.extracts) {
    const matches = paths.filter(
      (path) => new RegExp(pattern).test(path) && tree.get(path)?.content !== undefined,
    );
    const [path, second] = matches;
    if (path === undefined) continue;
    if (second !== undefined) throw new Error(`the image has more than one ${name}: /${matches.join(', /')}`);
    await writeContent(`${job.out}/${name}`, tree.get(path)!);
    found[name] = path;
  }
  return found;
}

try {
  // Written by the stage that started this program.
  await compose(JSON.parse(readFileSync(0, 'utf8')) as ComposeJob);
} catch (error) {
  process.stderr.write(`compose: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
