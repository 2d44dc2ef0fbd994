import { actionKey } from '../domain/action-key.ts';
import type { Root, RootCommand } from '../domain/ports.ts';
import { buildFiles, openTree } from '../stages/specs-to-scans/index.ts';
import type { Context } from './context.ts';

/** $1 and $2, $3 and $4 ...: a file and its place. Scripts can be started: modes of a checkout say little. */
const EQUIP = `set -eu
while [ $# -gt 0 ]; do
  mode=644
  if [ "$(head -c 2 "$1" | tr -d '\\0')" = '#!' ]; then mode=755; fi
  install -D -m $mode "$1" "$2"
  shift 2
done
`;

/**
 * The root that this distribution's packages are packed and built in: the profile's worker, with the files of
 * the profile where it names some. Throws `DISTRO_FILES_MISSING`.
 */
export async function workerRoot(context: Context, signal: AbortSignal): Promise<Root> {
  const { ports, distro, settings } = context;
  const worker = await ports.roots.base(distro.worker, signal);
  if (distro.files.length === 0 && distro.build.files.length === 0) return worker;
  const files = await buildFiles(await openTree(settings.specsDir, distro), distro);
  const content: [string, string][] = [];
  for (const { source, target } of files) content.push([target, (await ports.digests.digest(source)).sha256]);
  const inRoot = files.map((_, at) => `/build/files/${at}`);
  const command: RootCommand = {
    argv: ['/bin/bash', '-c', EQUIP, 'equip', ...files.flatMap(({ target }, at) => [inRoot[at]!, target])],
    binds: files.map(({ source }, at) => ({ source, target: inRoot[at]!, writable: false })),
  };
  return await ports.roots.derive(
    worker,
    actionKey('distro-root/1', { equip: EQUIP, content }),
    command,
    signal,
  );
}
