import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { actionKey } from '../../domain/action-key.ts';
import type { Ports, Root } from '../../domain/ports.ts';

/** Where the helper lies in its root. */
export const SCAN_PROGRAM = '/usr/bin/distrokit-scan';

const native = join(import.meta.dirname, '../../native');
const sources = ['scan.c', 'scan-files.h', 'scan-json.h', 'scan-spec.h'];

/** Raised when the way the helper is compiled changes. */
const RECIPE = 'scan-helper/1';

/**
 * The worker root with the scan helper in it, compiled there against its own librpm; made once for each root
 * and source. /bin/sh is bash in it, because specs are written for that. Throws `ROOT_LAYER_FAILED`.
 */
export async function scannerRoot(worker: Root, roots: Ports['roots'], signal: AbortSignal): Promise<Root> {
  const texts = await Promise.all(sources.map((name) => readFile(join(native, name), 'utf8')));
  const key = actionKey(RECIPE, { root: worker.key, sources: texts });
  const script = `set -e
ln -sfn bash /bin/sh
gcc -O2 -o ${SCAN_PROGRAM} /build/scan/scan.c $(pkg-config --cflags --libs rpm) -lrpmbuild
`;
  const binds = sources.map((name) => ({
    source: join(native, name),
    target: `/build/scan/${name}`,
    writable: false,
  }));
  return await roots.derive(worker, key, { argv: ['/bin/bash', '-c', script], binds }, signal);
}
