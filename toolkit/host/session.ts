import { randomBytes } from 'node:crypto';
import { readdir, readFile, readlink, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { EventSink } from '../domain/events.ts';
import { makeFolder } from './files.ts';
import { hasCode } from './io-errors.ts';

/** Partial work of one process: all of it goes when the process is gone. */
export interface Session {
  readonly path: string;
  /** An empty folder of the session. */
  folder(prefix: string): Promise<string>;
}

/** Makes `cacheDir`/tmp/ID, where ID says whose it is: pid namespace, process, start time. */
export async function openSession(cacheDir: string): Promise<Session> {
  const id = `${await pidNamespace()}-${process.pid}-${await startTime(process.pid)}-${randomBytes(4).toString('hex')}`;
  const path = join(cacheDir, 'tmp', id);
  await makeFolder(path);
  let count = 0;
  return {
    path,
    async folder(prefix) {
      count += 1;
      const folder = join(path, `${prefix}${count}`);
      await makeFolder(folder);
      return folder;
    },
  };
}

/** Sessions of this user whose process is gone. Those of other pid namespaces cannot be told and stay. */
export async function staleSessions(cacheDir: string): Promise<string[]> {
  const stale: string[] = [];
  for (const name of await readdir(join(cacheDir, 'tmp')).catch(() => [])) {
    if (!(await isSessionOver(name))) continue;
    const path = join(cacheDir, 'tmp', name);
    const owner = (await stat(path).catch(() => undefined))?.uid;
    if (owner === process.getuid?.()) stale.push(path);
  }
  return stale;
}

/**
 * Removes what dead processes left. Each is renamed to be ours first, so that two starts do not remove the
 * same; what cannot be removed is a warning, and the next start's.
 */
export async function sweepSessions(
  cacheDir: string,
  session: Session,
  remove: (path: string) => Promise<void>,
  events: EventSink,
): Promise<void> {
  let count = 0;
  for (const path of await staleSessions(cacheDir)) {
    count += 1;
    const ours = `${session.path}.stale${count}`;
    let at = path;
    try {
      await rename(path, ours);
      at = ours;
      await remove(ours);
    } catch (error) {
      if (hasCode(error, 'ENOENT')) continue;
      const message = `${at}, left by a run that was killed, could not be removed: ${error instanceof Error ? error.message : error}`;
      events.emit({ type: 'notice.given', level: 'warning', message });
    }
  }
}

/** Sessions of other processes that run, or of which that cannot be told. */
export async function otherSessions(cacheDir: string): Promise<string[]> {
  const own = `${await pidNamespace()}-${process.pid}-`;
  const others: string[] = [];
  for (const name of await readdir(join(cacheDir, 'tmp')).catch(() => [])) {
    if (!name.startsWith(own) && !(await isSessionOver(name))) others.push(join(cacheDir, 'tmp', name));
  }
  return others;
}

/** Whether the process of a session, known by the name of its folder, is gone; false where it cannot be told. */
export async function isSessionOver(name: string): Promise<boolean> {
  const [namespace, pid, itsStart] = name.split('-');
  if (namespace !== (await pidNamespace()) || pid === undefined) return false;
  return (await startTime(Number(pid))) !== itsStart;
}

async function pidNamespace(): Promise<string> {
  return (await readlink('/proc/self/ns/pid')).replace(/\D/g, '');
}

/** Clock ticks between boot and the start of a process, proc_pid_stat(5); undefined when it is gone. */
async function startTime(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is a name in parentheses, with anything in it.
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
