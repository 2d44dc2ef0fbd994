import { actionKey } from '../../domain/action-key.ts';
import type { FileDigests, Root } from '../../domain/ports.ts';
import type { SpecScanRequest } from '../../domain/spec-scanner.ts';
import { targetKey } from '../../domain/target.ts';
import type { ScanEnvironment } from './cache.ts';

/** What decides all results, by names that mean something to a person. `fileDigests` are those of its files. */
export function scanEnvironment(
  request: SpecScanRequest,
  helperRoot: Root,
  fileDigests: readonly string[],
  memoryMib: number,
): ScanEnvironment {
  const { target, answers, versionMacros } = request;
  const environment: Record<string, string> = {
    'the scanner or its root': helperRoot.key,
    'the target': actionKey('target', targetKey(target)),
    'memory limit': String(memoryMib),
    'the version macros': versionMacros ?? '',
  };
  for (const { name, body } of request.defines) environment[`%${name}`] = body;
  for (const [at, file] of request.files.entries()) {
    environment[file.name] = `${file.target} ${fileDigests[at]!}`;
  }
  const byProgram = Map.groupBy(answers, ({ program }) => program);
  for (const [program, known] of byProgram) {
    const list = known.map(({ question, answer }) => [question, answer]);
    environment[`answers of ${program}`] = actionKey('answers', list);
  }
  return environment;
}

/** SHA-256 of each file, in order. */
export async function digestFiles(
  { files }: Pick<SpecScanRequest, 'files'>,
  digests: FileDigests,
): Promise<readonly string[]> {
  return await Promise.all(files.map(async ({ source }) => (await digests.digest(source)).sha256));
}
