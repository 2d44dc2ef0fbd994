/**
 * Files that containers leave in our folders. Where we are not root and the engine is, they belong to root:
 * containers give back what we have to read, and remove what we may not.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Bind } from '../../domain/ports.ts';
import { collect, createProcesses } from '../process/run.ts';
import { ROOT_ENVIRONMENT } from '../roots/managed.ts';
import { type Container, startContainer } from './container.ts';
import { cleanupSignal, type Engine } from './engine.ts';
import { anyImage } from './images.ts';

/** Makes plain files and folders of the container's root in writable binds ours. Owners besides root stay. */
export async function giveToUs(engine: Engine, container: Container, binds: readonly Bind[]): Promise<void> {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const targets = binds.filter((bind) => bind.writable).map((bind) => bind.target);
  if (uid === 0 || !engine.rootful || targets.length === 0) return;
  // A change of owner would take away what these say.
  const plain = ['(', '-type', 'f', '-o', '-type', 'd', ')', '!', '-perm', '/6000'];
  const argv = [
    ...(['find', ...targets] as [string, ...string[]]),
    ...['-xdev', '-user', '0', ...plain, '-exec', 'chown', `${uid}:${gid}`, '{}', '+'],
  ] as const;
  await finish(container, argv);
}

/** Deletes a folder of ours, with the files of containers in it; never what is mounted in it. */
export async function removeOwned(connect: () => Promise<Engine>, path: string): Promise<void> {
  const plain = await createProcesses().run(
    { argv: ['rm', '-rf', '--one-file-system', '--', path] },
    cleanupSignal(),
  );
  if (plain.exitCode === 0) return;
  const engine = await connect();
  const image = await anyImage(engine, cleanupSignal());
  if (image === undefined) throw new Error(`${path} could not be removed: ${plain.stderr.trim()}`);
  const work = await mkdtemp(join(tmpdir(), 'distrokit-'));
  try {
    const binds = [{ source: dirname(path), target: '/mnt', writable: true }];
    await using container = await startContainer(
      engine,
      { image, binds, network: 'none', work, session: dirname(path) },
      cleanupSignal(),
    );
    await finish(container, ['rm', '-rf', '--one-file-system', '--', `/mnt/${basename(path)}`]);
  } finally {
    await createProcesses().run({ argv: ['rm', '-rf', '--', work] }, cleanupSignal());
  }
}

async function finish(container: Container, argv: readonly [string, ...string[]]): Promise<void> {
  const start = async (signal: AbortSignal) => container.start({ argv }, ROOT_ENVIRONMENT, 'ignore', signal);
  const result = await collect({ argv }, start, cleanupSignal());
  if (result.exitCode !== 0) throw new Error(`${argv[0]} failed in a container: ${result.stderr.trim()}`);
}
