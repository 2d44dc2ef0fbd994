import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { must, run } from './shell.ts';

/** An engine of Docker that tests may use. */
export interface TestEngine extends AsyncDisposable {
  /** For the environment of whatever uses it. */
  readonly env: Readonly<Record<string, string>>;
  /** `docker ARGS`; gives what it printed. */
  docker(...args: string[]): Promise<string>;
}

/** The engine that runs on this host, else one of our own in `folder`, which touches nothing of the host's network. */
export async function openEngine(folder: string): Promise<TestEngine> {
  if ((await run(['docker', 'version'])).code === 0) return engine({}, async () => {});
  await mkdir(folder, { recursive: true });
  const [socket, pidfile, log] = ['socket', 'pid', 'log'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const argv = [
    ...['dockerd', '--host', `unix://${socket}`, '--pidfile', pidfile, '--data-root', join(folder, 'data')],
    ...['--exec-root', join(folder, 'exec'), '--iptables=false', '--ip6tables=false', '--bridge=none'],
  ];
  await must(['sh', '-c', 'log=$1; shift; setsid "$@" >"$log" 2>&1 </dev/null &', 'start', log, ...argv]);
  const env = { DOCKER_HOST: `unix://${socket}` };
  for (let tries = 0; (await run(['docker', 'version'], { env })).code !== 0; tries += 1) {
    if (tries > 60)
      throw new Error(`dockerd did not start:\n${(await run(['tail', '-n', '30', log])).stdout}`);
    await sleep(500);
  }
  return engine(env, () => stop(pidfile, folder));
}

function engine(env: Readonly<Record<string, string>>, end: () => Promise<void>): TestEngine {
  return {
    env,
    docker: async (...args) => (await must(['docker', ...args], { env })).stdout.trim(),
    [Symbol.asyncDispose]: end,
  };
}

async function stop(pidfile: string, folder: string): Promise<void> {
  const pid = (await must(['cat', pidfile])).stdout.trim();
  await must(['kill', pid]);
  for (let tries = 0; (await run(['kill', '-0', pid])).code === 0; tries += 1) {
    if (tries > 60) throw new Error(`dockerd (${pid}) did not end`);
    await sleep(500);
  }
  // It leaves the mount of a network namespace that containers shared with the host.
  const mounts = (await must(['findmnt', '--noheadings', '--list', '--output', 'TARGET'])).stdout.split('\n');
  for (const target of mounts.filter((line) => line.startsWith(`${folder}/`)).reverse()) {
    await must(['umount', target]);
  }
}
