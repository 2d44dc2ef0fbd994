import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ToolkitEvent } from '../../../toolkit/domain/events.ts';
import type { Target } from '../../../toolkit/domain/target.ts';
import { createHost, type Host } from '../../../toolkit/host/host.ts';

/** What the tests parse for. */
export const TARGET: Target = { arch: 'x86_64', distTag: '.dk1', macros: [], rpmVersion: '4.20.1' };

/** The real ports, over a cache that the tests keep: its roots are made by whichever comes first. */
export async function openTestHost(events: ToolkitEvent[] = []): Promise<Host> {
  return await createHost({
    cacheDir: process.env.DISTROKIT_TEST_CACHE ?? join(tmpdir(), 'distrokit-test-cache'),
    toolchain: 'userns',
    locked: false,
    chrootDir: resolve(import.meta.dirname, '../../../chroot'),
    events: { emit: (event) => events.push(event) },
  });
}

/** A temporary folder that a sandbox may be shown: those of mkdtemp are their owner's alone. */
export async function sharedFolder(prefix: string): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), prefix));
  await chmod(path, 0o755);
  return path;
}
