import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionKey } from '../../domain/action-key.ts';
import type { KnownAnswer } from '../../domain/distro.ts';
import type { Ports, Root, RootCommand } from '../../domain/ports.ts';
import type { SpecScanRequest } from '../../domain/spec-scanner.ts';
import { byCodeUnit } from '../../domain/text.ts';

/** Where our programs lie in a scan root. */
const HERE = '/usr/lib/distrokit';
export const SCAN_PROGRAM = '/usr/bin/distrokit-scan';
/** Preloaded into it; tells what a parse looks at. */
export const SCAN_READS = `${HERE}/scan-reads.so`;

const native = join(import.meta.dirname, '../../native');
const sources = [
  ...['scan.c', 'scan-confine.h', 'scan-files.h', 'scan-json.h', 'scan-slot.h', 'scan-spec.h'],
  ...['scan-reads.c', 'scan-reads.h', 'answer.c'],
];

/** Raised when the way the helper is compiled changes. */
const RECIPE = 'scan-helper/2';
const COMPILE = `set -e
ln -sfn bash /bin/sh
mkdir -p ${HERE}/real
cd /build/scan
gcc -O2 -o ${SCAN_PROGRAM} scan.c $(pkg-config --cflags --libs rpm) -lrpmbuild
gcc -O2 -shared -fPIC -o ${SCAN_READS} scan-reads.c
gcc -O2 -static -o ${HERE}/answer answer.c
`;

/**
 * The worker root with the scan helper in it, compiled there against its own librpm; made once for each root
 * and source. /bin/sh is bash in it, because specs are written for that. Throws `ROOT_LAYER_FAILED`.
 */
export async function scannerRoot(worker: Root, roots: Ports['roots'], signal: AbortSignal): Promise<Root> {
  const texts = await Promise.all(sources.map((name) => readFile(join(native, name), 'utf8')));
  const key = actionKey(RECIPE, { root: worker.key, sources: texts });
  const binds = sources.map((name) => ({
    source: join(native, name),
    target: `/build/scan/${name}`,
    writable: false,
  }));
  return await roots.derive(worker, key, { argv: ['/bin/bash', '-c', COMPILE], binds }, signal);
}

/** The answers on stdin; $1: how many pairs of a file and its place follow; then programs to stand for. */
const EQUIP = `set -eu
pairs=$1; shift
while [ $pairs -gt 0 ]; do install -D -m 644 "$1" "$2"; shift 2; pairs=$((pairs - 1)); done
cat >${HERE}/answers
for name; do
  if [ -e "/usr/bin/$name" ]; then
    if [ -L "/usr/bin/$name" ]; then ln -s "$(readlink -f "/usr/bin/$name")" ${HERE}/real/"$name"
    else mv "/usr/bin/$name" ${HERE}/real/; fi
  fi
  ln -sfn ${HERE}/answer "/usr/bin/$name"
done
`;

/**
 * The scanner's root as one distribution wants it: its macro files in their places, and its interpreters'
 * answers. `digests` are those of the request's files, in their order. Throws `ROOT_LAYER_FAILED`.
 */
export async function distroRoot(
  base: Root,
  { files, answers }: Pick<SpecScanRequest, 'files' | 'answers'>,
  digests: readonly string[],
  roots: Ports['roots'],
  signal: AbortSignal,
): Promise<Root> {
  if (files.length === 0 && answers.length === 0) return base;
  const table = answersTable(answers);
  const programs = [...new Set(answers.map(({ program }) => program))].sort(byCodeUnit);
  const key = actionKey('scan-distro/1', {
    root: base.key,
    equip: EQUIP,
    files: files.map(({ target }, at) => [target, digests[at]!]),
    table,
  });
  const inRoot = files.map((_, at) => `/build/files/${at}`);
  const binds = files.map(({ source }, at) => ({ source, target: inRoot[at]!, writable: false }));
  const pairs = files.flatMap(({ target }, at) => [inRoot[at]!, target]);
  const command: RootCommand = {
    argv: ['/bin/bash', '-c', EQUIP, 'equip', String(files.length), ...pairs, ...programs],
    binds,
    stdin: table,
  };
  return await roots.derive(base, key, command, signal);
}

/** What native/answer.c reads. */
function answersTable(answers: readonly KnownAnswer[]): string {
  const escaped = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return answers
    .map(({ program, question, answer }) => `${program}\n${escaped(question)}\n${escaped(answer)}\n`)
    .join('');
}
