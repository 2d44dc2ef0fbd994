import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clone } from './checkout.ts';

interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly uid: number;
  readonly argv: readonly string[];
}

/** The toolkit's own process in a clone, once it is there. Throws when it does not come. */
export async function toolkitProcess(clone: Clone, timeoutMs = 20_000): Promise<number> {
  const program = `${clone.dir}/toolkit/cli/main.ts`;
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    const found = (await processes()).find(({ argv }) => isNode(argv) && argv.includes(program));
    if (found !== undefined) return found.pid;
    await sleep(20);
  }
  throw new Error(`no process runs ${program}`);
}

/**
 * Processes of an ordinary user and of the ids that sandboxes of his map: none may be there after a run,
 * whatever they are called, but for those of another run that still goes on. A killed sandbox takes a moment
 * to die, and gets it.
 */
export async function processesOf(user: string, timeoutMs = 10_000): Promise<string[]> {
  const ranges = await uidsOf(user);
  const end = Date.now() + timeoutMs;
  for (;;) {
    const all = new Map((await processes()).map((entry) => [entry.pid, entry]));
    const left = [...all.values()].filter(
      (entry) =>
        ranges.some(([from, count]) => entry.uid >= from && entry.uid < from + count) && !isRun(entry, all),
    );
    if (left.length === 0 || Date.now() > end) return left.map(({ pid, argv }) => `${pid} ${argv.join(' ')}`);
    await sleep(100);
  }
}

/** Whether a process belongs to a command that is still running: tests start them by `runuser`. */
function isRun(entry: ProcessEntry, all: ReadonlyMap<number, ProcessEntry>): boolean {
  for (let at: ProcessEntry | undefined = entry; at !== undefined; at = all.get(at.parent)) {
    if (at.argv[0] === 'runuser') return true;
  }
  return false;
}

async function processes(): Promise<ProcessEntry[]> {
  const entries: ProcessEntry[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    // It may end while we look.
    const status = await readFile(`/proc/${name}/status`, 'utf8').catch(() => '');
    const uid = /^Uid:\t(\d+)/m.exec(status)?.[1];
    const parent = /^PPid:\t(\d+)/m.exec(status)?.[1];
    if (uid === undefined || /^State:\t[ZX]/m.test(status)) continue;
    const argv = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    entries.push({ pid: Number(name), parent: Number(parent), uid: Number(uid), argv });
  }
  return entries;
}

async function uidsOf(user: string): Promise<(readonly [from: number, count: number])[]> {
  const own = /^(?:[^:]*:){2}(\d+)/m.exec(lineOf(await readFile('/etc/passwd', 'utf8'), user))?.[1];
  const mapped = lineOf(await readFile('/etc/subuid', 'utf8'), user).split(':');
  return [
    [Number(own), 1],
    [Number(mapped[1]), Number(mapped[2])],
  ];
}

function lineOf(text: string, user: string): string {
  const line = text.split('\n').find((entry) => entry.startsWith(`${user}:`));
  if (line === undefined) throw new Error(`${user} is not there`);
  return line;
}

function isNode(argv: readonly string[]): boolean {
  return /(?:^|\/)node$/.test(argv[0] ?? '');
}
