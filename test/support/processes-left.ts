import { readdir, readFile, readlink } from 'node:fs/promises';

/** The ids that root's sandboxes map, as toolkit/host/sandbox/idmap.ts has them. */
const MAPPED = { from: 1_879_048_192, count: 65_536 };
/** Under one of these a sandbox is at work, ours or that of another run on this host. */
const AT_WORK = /toolkit\/cli\/main\.ts|vitest/;

interface Entry {
  readonly pid: string;
  readonly parent: string;
  readonly uid: number;
  readonly argv: string;
}

/** Processes that name `marker` in what they were started with or in what they see, and sandboxes of dead runs. */
export async function processesLeft(marker: string): Promise<string[]> {
  const all = await entries();
  const left: string[] = [];
  for (const entry of all.values()) {
    if (AT_WORK.test(entry.argv) && !entry.argv.includes(marker)) continue;
    const isMapped = entry.uid >= MAPPED.from && entry.uid < MAPPED.from + MAPPED.count;
    if ((isMapped && !isAtWork(entry, all)) || (await names(entry, marker)))
      left.push(`${entry.pid} ${entry.argv}`);
  }
  return left;
}

async function entries(): Promise<Map<string, Entry>> {
  const all = new Map<string, Entry>();
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid) || pid === String(process.pid)) continue;
    const status = await readText(pid, 'status');
    const uid = /^Uid:\t(\d+)/m.exec(status)?.[1];
    const parent = /^PPid:\t(\d+)/m.exec(status)?.[1];
    if (uid === undefined || parent === undefined || /^State:\t[ZX]/m.test(status)) continue;
    const argv = (await readText(pid, 'cmdline')).replaceAll('\0', ' ').trim();
    all.set(pid, { pid, parent, uid: Number(uid), argv });
  }
  return all;
}

function isAtWork(entry: Entry, all: ReadonlyMap<string, Entry>): boolean {
  for (let at: Entry | undefined = entry; at !== undefined; at = all.get(at.parent)) {
    if (AT_WORK.test(at.argv) || at.parent === String(process.pid)) return true;
  }
  return false;
}

async function names({ pid, argv }: Entry, marker: string): Promise<boolean> {
  if (argv.includes(marker)) return true;
  const links = await Promise.all(['root', 'cwd'].map((name) => readLink(pid, name)));
  const seen = [await readText(pid, 'environ'), ...links];
  // What is mounted where we are is told apart from this.
  const isElsewhere = (await readLink(pid, 'ns/mnt')) !== (await readLink('self', 'ns/mnt'));
  if (isElsewhere) seen.push(await readText(pid, 'mountinfo'));
  return seen.some((text) => text.includes(marker));
}

// It may end while we look.
async function readText(pid: string, name: string): Promise<string> {
  return await readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
}

async function readLink(pid: string, name: string): Promise<string> {
  return await readlink(`/proc/${pid}/${name}`).catch(() => '');
}
