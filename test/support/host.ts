import { resolve } from 'node:path';
import type { ToolkitEvent } from '../../toolkit/domain/events.ts';
import { createHost, type Host } from '../../toolkit/host/host.ts';
import { ROOT_CACHE } from './checkout.ts';

/** The real ports, over a cache that the tests keep: its roots are made by whichever comes first. */
export async function openTestHost(events: ToolkitEvent[] = []): Promise<Host> {
  return await createHost({
    cacheDir: ROOT_CACHE,
    toolchain: 'userns',
    locked: false,
    chrootDir: resolve(import.meta.dirname, '../../chroot'),
    events: { emit: (event) => void events.push(event) },
  });
}
