import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { must, run } from '../../support/shell.ts';
import { WITH_TIMES } from './cost.ts';
import { type ScanRoom, SPECS } from './room.ts';

/** What the original's specreader asks of rpmspec, a process a question (its tools/pkg/specreaderutils). */
const SIX_QUESTIONS = `
for spec; do
  folder=\${spec%/*}
  ask() { rpmspec "$@" --target x86_64 "\${defines[@]}" --define "_sourcedir $folder" "$spec" >/dev/null 2>&1; }
  ask -q --srpm --qf '%{NAME}-%{VERSION}-%{RELEASE}.src.rpm'
  ask -q --srpm --qf '[%{EXCLUSIVEARCH} ]'
  ask -q --srpm --qf '[%{EXCLUDEARCH} ]'
  ask -q --builtrpms --qf 'rpm %{ARCH}/%{nvra}.rpm\\n[provides %{PROVIDENEVRS}\\n][requires %{REQUIRENEVRS}\\n][arch %{ARCH}\\n]'
  ask -q --buildrequires
  ask --parse
done
times >&2`;

/** CPU seconds of six rpmspec a spec, one after another. */
export async function sixRpmspec(room: ScanRoom, specs: readonly string[]): Promise<number> {
  const defines = room.defines.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const paths = specs.map((spec) => `${SPECS}/${spec}`);
  return await room.cpuSeconds(`defines=(${defines})${SIX_QUESTIONS}`, paths);
}

/** CPU seconds that the original's own programs take for some specs. */
export interface OriginalCost {
  readonly specreader: number;
  readonly grapher: number;
}

/**
 * CPU seconds of the original's own specreader on these specs, and of its grapher on what that tells, built
 * from the tree's toolkit by the host's Go, outside of both trees. A text: why they could not be asked.
 */
export async function originalCost(
  room: ScanRoom,
  tree: string,
  specs: readonly string[],
  home: string,
): Promise<OriginalCost | string> {
  const go = await run(['go', 'version']).catch(() => undefined);
  if (go?.code !== 0) return 'Go is not on this host';
  const out = join(home, 'original');
  const results = join(home, 'original-results');
  for (const folder of [out, results]) await mkdir(folder, { recursive: true });
  const exe = 'github.com/microsoft/azurelinux/toolkit/tools/internal/exe';
  const flags = `-X ${exe}.DistroNameAbbreviation=azl -X ${exe}.DistroMajorVersion=3`;
  const built = await run(['go', 'build', '-ldflags', flags, '-o', out, './specreader', './grapher'], {
    cwd: join(tree, 'toolkit/tools'),
    env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
  });
  if (built.code !== 0) return `they could not be built: ${built.stderr.trim().split('\n').at(-1)}`;
  await writeFile(join(out, 'empty'), '');
  await must(['chmod', '-R', 'a+rX', out]);
  await must(['chmod', '0777', results]);
  const names = specs.map((spec) => spec.slice(spec.indexOf('/') + 1, -'.spec'.length));
  const at = '/tmp/original';
  const logs = ['--log-file', `${at}/log`, '--log-level', 'error'];
  const specreader = [
    ...['/original/specreader', '--dir', SPECS, '--spec-list', names.join(' '), ...logs],
    ...['--output', '/results/specs.json', '--build-dir', at],
    ...['--srpm-dir', at, '--rpm-dir', at, '--toolchain-rpms-dir', at],
    ...['--toolchain-manifest', '/original/empty', '--dist-tag', '.azl3', '--target-arch', 'x86_64'],
    ...['--workers', '2'],
  ];
  const grapher = [
    ...['/original/grapher', '--input', '/results/specs.json', '--output', `${at}/graph.dot`, ...logs],
    ...['--output-dir', at, '--rpm-dir', at, '--toolchain-rpms-dir', at],
    ...['--tdnf-worker', '/original/empty', '--repo-file', '/original/empty'],
  ];
  const binds = [
    { source: out, target: '/original', writable: false },
    { source: results, target: '/results', writable: true },
  ];
  const costOf = async (argv: readonly string[], timed: string) =>
    await room.cpuSeconds(`mkdir -p ${at}; ${timed}`, argv, binds);
  try {
    return {
      specreader: await costOf(specreader, WITH_TIMES),
      // It ends with an error at a cycle that nothing breaks, which is its last work but for writing a file.
      grapher: await costOf(grapher, '"$@"; times >&2; exit 0'),
    };
  } catch (error) {
    return error instanceof Error ? error.message.split('\n').at(-1)! : String(error);
  }
}
