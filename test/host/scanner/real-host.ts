import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../../toolkit/domain/target.ts';

/** What the tests parse for. */
export const TARGET: Target = { arch: 'x86_64', distTag: '.dk1', macros: [], rpmVersion: '4.20.1' };

/** A temporary folder that a sandbox may be shown: those of mkdtemp are their owner's alone. */
export async function sharedFolder(prefix: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  await chmod(path, 0o755);
  return path;
}
