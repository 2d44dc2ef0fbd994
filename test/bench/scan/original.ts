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

/**
 * CPU seconds of the original's own specreader on these specs, built from the tree's toolkit by the host's Go,
 * outside of both trees. A text: why it could not be asked.
 */
export async function originalSpecreader(
  room: ScanRoom,
  tree: string,
  specs: readonly string[],
  home: string,
): Promise<number | string> {
  const go = await run(['go', 'version']).catch(() => undefined);
  if (go?.code !== 0) return 'Go is not on this host';
  const out = join(home, 'original');
  await mkdir(out, { recursive: true });
  const exe = 'github.com/microsoft/azurelinux/toolkit/tools/internal/exe';
  const flags = `-X ${exe}.DistroNameAbbreviation=azl -X ${exe}.DistroMajorVersion=3`;
  const built = await run(['go', 'build', '-ldflags', flags, '-o', out, './specreader'], {
    cwd: join(tree, 'toolkit/tools'),
    env: { CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
  });
  if (built.code !== 0) return `it could not be built: ${built.stderr.trim().split('\n').at(-1)}`;
  await writeFile(join(out, 'manifest'), '');
  await must(['chmod', '-R', 'a+rX', out]);
  const names = specs.map((spec) => spec.slice(spec.indexOf('/') + 1, -'.spec'.length));
  const at = '/tmp/original';
  const argv = [
    ...['/original/specreader', '--dir', SPECS, '--spec-list', names.join(' ')],
    ...['--output', `${at}/specs.json`, '--build-dir', at, '--log-file', `${at}/log`, '--log-level', 'error'],
    ...['--srpm-dir', at, '--rpm-dir', at, '--toolchain-rpms-dir', at],
    ...['--toolchain-manifest', '/original/manifest', '--dist-tag', '.azl3', '--target-arch', 'x86_64'],
    ...['--workers', '2'],
  ];
  const bind = { source: out, target: '/original', writable: false };
  return await room
    .cpuSeconds(`mkdir -p ${at}; ${WITH_TIMES}`, argv, [bind])
    .catch((error: unknown) => (error instanceof Error ? error.message.split('\n').at(-1)! : String(error)));
}
