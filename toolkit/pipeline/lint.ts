import { readFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import pLimit from 'p-limit';
import { findSubject, srpmsOf } from '../domain/answers/find.ts';
import type { FileDigest } from '../domain/digest.ts';
import { retold, ToolkitError, usageError } from '../domain/errors.ts';
import { type DependencyGraph, resolutionLeaves, type SrpmId } from '../domain/graph.ts';
import { resolveRequirement } from '../domain/graph-resolve.ts';
import type { LintedHeader, LintedPackage } from '../domain/lint/content.ts';
import { type LintResult, lint } from '../domain/lint/lint.ts';
import type { Meets } from '../domain/lint/requirement-rules.ts';
import type { LintedSpec } from '../domain/lint/spec-rules.ts';
import { readSpecText } from '../domain/lint/spec-text.ts';
import { isRich, parseDependency } from '../domain/richdep.ts';
import type { SpecScanFailure } from '../domain/spec.ts';
import { byCodeUnit } from '../domain/text.ts';
import { type InspectedFile, inspectPackage, readHeader } from '../stages/packages-to-findings/index.ts';
import { type BuiltSoFar, builtSoFar } from './built.ts';
import type { Context } from './context.ts';
import { readGraph, thenRefuseScanFailures } from './graph.ts';
import { packageGoal } from './index.ts';
import { openBytes } from './open-bytes.ts';
import { planGoal } from './packages.ts';
import { readSignatures } from './srpms.ts';
import { inStage } from './stage.ts';

/** What `distrokit lint` tells. */
export interface LintReport extends LintResult {
  /** How many of each were judged. */
  readonly specs: number;
  readonly packages: number;
  /** Specs whose packages were not judged, because they are not built. */
  readonly notBuilt: readonly { readonly name: string; readonly because: string }[];
  /** Specs that could not be read. */
  readonly unread: readonly SpecScanFailure[];
}

/**
 * Judges specs, and their packages as far as they are built: those that `words` name (RPM files too), else
 * those that the configuration needs, else all. Nothing is fetched or built. Specs that could not be read are
 * part of the report.
 */
export async function runLint(
  words: readonly string[],
  context: Context,
  signal: AbortSignal,
): Promise<LintReport> {
  const graph = await readGraph(context, signal);
  const files = words.filter((word) => word.endsWith('.rpm'));
  const names = words.filter((word) => !word.endsWith('.rpm'));
  const chosen =
    words.length > 0 && names.length === 0 ? [] : await chosenSpecs(graph, names, context, signal);
  try {
    return { ...(await lintAll(graph, chosen, files, context, signal)), unread: graph.failures };
  } catch (error) {
    return await thenRefuseScanFailures(graph.failures, () => Promise.reject(error));
  }
}

async function lintAll(
  graph: DependencyGraph,
  chosen: readonly SrpmId[],
  files: readonly string[],
  context: Context,
  signal: AbortSignal,
): Promise<Omit<LintReport, 'unread'>> {
  const { ports, settings } = context;
  return await inStage(ports, 'lint', undefined, async () => {
    const given = await Promise.all(files.map((file) => rpmFile(file, context)));
    const built = await builtSoFar(graph, context, signal);
    const specs = new Map<SrpmId, LintedSpec>();
    for (const id of graph.builds.keys()) specs.set(id, await readSpec(id, graph, settings.specsDir));
    const of = (id: SrpmId): LintedFile[] =>
      (built.packages.get(id) ?? []).map(({ path, digest }) => ({ path, digest, spec: id }));
    const wanted = [...chosen.flatMap(of), ...given];
    const limit = pLimit(settings.concurrentBuilds);
    const inspected = await Promise.all(
      wanted.map((file) => limit(() => withFile(file, (opened) => inspectPackage(opened, ports, signal)))),
    );
    const packages: LintedPackage[] = inspected.map(({ linted }) => linted);
    const isChosen = new Set(chosen);
    const others = [...built.packages.keys()].filter((id) => !isChosen.has(id)).flatMap(of);
    const all: LintedHeader[] = [
      ...packages,
      ...(await Promise.all(others.map((file) => limit(() => withFile(file, readHeader))))),
    ];
    const result = lint({
      specs: new Map([...specs].filter(([id]) => isChosen.has(id))),
      otherSpecs: specs,
      packages,
      all,
      meets: requirementMeter(built),
    });
    const notBuilt = chosen
      .filter((id) => !built.packages.has(id))
      .map((id) => ({
        name: graph.builds.get(id)!.source.name,
        because: built.unbuilt.get(id) ?? 'it cannot be',
      }))
      .sort((a, b) => byCodeUnit(a.name, b.name));
    const reused = inspected.filter((one) => one.reused).length;
    const detail = `${chosen.length} specs, ${packages.length} packages, ${packages.length - reused} read now`;
    return { result: { ...result, specs: chosen.length, packages: packages.length, notBuilt }, detail };
  });
}

async function chosenSpecs(
  graph: DependencyGraph,
  names: readonly string[],
  context: Context,
  signal: AbortSignal,
): Promise<readonly SrpmId[]> {
  if (names.length > 0) {
    const found = names.flatMap((name) => {
      const srpms = srpmsOf(graph, findSubject(graph, specId(name, context)));
      if (srpms.length === 0) {
        throw usageError('PACKAGE_UNKNOWN', `no spec here makes ${name}`, {
          hint: 'Name a spec, a package of one, or an RPM file.',
        });
      }
      return srpms;
    });
    return [...new Set(found)].sort(byCodeUnit);
  }
  if (context.settings.config === undefined) return [...graph.builds.keys()].sort(byCodeUnit);
  const plan = await planGoal(graph, await packageGoal(graph, context), context, signal);
  return plan.builds.map(({ srpm }) => srpm).sort(byCodeUnit);
}

/** A spec may be named by its path, as the shell completes it. */
function specId(word: string, { settings }: Context): string {
  const id = relative(resolve(settings.specsDir), resolve(word));
  return word.endsWith('.spec') && !id.startsWith('..') ? id : word;
}

/** An RPM file on the disk. */
interface LintedFile {
  readonly path: string;
  readonly digest: FileDigest;
  readonly spec: SrpmId | undefined;
}

/** Opens an RPM file to be looked at; errors tell which of many it is: the codecs do not know. */
async function withFile<T>(
  { path, digest, spec }: LintedFile,
  look: (file: InspectedFile) => Promise<T>,
): Promise<T> {
  await using opened = await openBytes(path);
  try {
    return await look({ read: opened.read, digest, spec });
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    throw retold(error, { message: `${path}: ${error.message}` });
  }
}

async function rpmFile(file: string, { ports }: Context): Promise<LintedFile> {
  const path = resolve(file);
  const digest = await ports.digests.digest(path).catch((cause: unknown) => {
    throw usageError('FILE_MISSING', `${file} cannot be read`, {
      hint: 'Name an RPM file that is there.',
      cause,
    });
  });
  return { path, digest, spec: undefined };
}

async function readSpec(id: SrpmId, graph: DependencyGraph, specsDir: string): Promise<LintedSpec> {
  const path = join(specsDir, id);
  const [text, signatures] = await Promise.all([readFile(path, 'utf8'), readSignatures(path)]);
  const scan = graph.scans.get(id)!;
  return { scan, text: readSpecText(text, scan.source.name), signatures };
}

/** Asks the graph, with the truth of what is built and the predictions for what is not. */
function requirementMeter({ graph }: BuiltSoFar): Meets {
  const { index, policy } = graph;
  const known = new Map<string, ReturnType<Meets>>();
  const isMet = (text: string, kinds: readonly ('local' | 'server' | 'seed')[]) => {
    const { resolution } = resolveRequirement(text, index, policy, new Set(kinds));
    return resolutionLeaves(resolution).every(({ kind }) => kind === 'provided');
  };
  return (text) => {
    const answer =
      known.get(text) ??
      (isConditional(text) || isMet(text, ['local', 'server'])
        ? 'packages'
        : isMet(text, ['seed'])
          ? 'seed'
          : 'nobody');
    known.set(text, answer);
    return answer;
  };
}

/** Whether a requirement counts only beside other packages: what is installed is judged by the solver. */
function isConditional(text: string): boolean {
  try {
    const dependency = parseDependency(text);
    return isRich(dependency) && ['if', 'unless'].includes(dependency.operator);
  } catch {
    return false;
  }
}
