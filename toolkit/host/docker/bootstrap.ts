import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hostError, ToolkitError } from '../../domain/errors.ts';
import type { EventSink } from '../../domain/events.ts';
import { findProgram } from '../process/run.ts';
import { type BaseMaker, bootstrapEnvironment, collectBase, mmdebstrapArgv } from '../roots/bootstrap.ts';
import { findMirror } from '../roots/mirror.ts';
import type { Session } from '../session.ts';
import { startContainer } from './container.ts';
import type { Engine } from './engine.ts';
import { hasImage, MAKERS } from './images.ts';
import { giveToUs } from './owners.ts';

const OUT = '/out';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Calls mmdebstrap with the mirror that $1 names, or else the one that the container's own apt knows. */
const WITH_MIRROR = [
  'set -eu',
  'mirror=$1',
  'shift',
  `if [ -z "$mirror" ]; then mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | sed -nE 's/^URIs: *([^ ]+).*/\\1/p; s/^deb +(\\[[^]]*\\] +)?([^ ]+) .*/\\2/p' | head -n 1); fi`,
  'exec "$@" "$mirror"',
].join('\n');

export interface ContainerMakerOptions {
  readonly engine: () => Promise<Engine>;
  readonly session: Session;
  /** The checkout's `chroot/`, with the Dockerfile. */
  readonly chrootDir: string;
  readonly mirror: string | undefined;
  readonly events: EventSink;
  /** Image to start from; default: the Dockerfile's. */
  readonly from?: string;
}

/**
 * Uses the host's mmdebstrap where it has one that may work, and otherwise one in a container: the same
 * recipe, the same tar.
 */
export function createDockerMaker(onHost: BaseMaker, inContainer: BaseMaker): BaseMaker {
  return async (recipe, folder, signal) => {
    if ((await findProgram('mmdebstrap')) === undefined) return await inContainer(recipe, folder, signal);
    try {
      return await onHost(recipe, folder, signal);
    } catch (error) {
      if (!(error instanceof ToolkitError) || !SANDBOX_CODES.includes(error.code)) throw error;
      return await inContainer(recipe, folder, signal);
    }
  };
}

/** What says that this host has no user namespaces for us. */
const SANDBOX_CODES = ['SANDBOX_REFUSED', 'SUBORDINATE_IDS_MISSING', 'ID_MAP_REFUSED', 'PROGRAM_MISSING'];

/** Runs mmdebstrap in a container of `chroot/Dockerfile`. Throws `ROOT_NOT_MADE` or `MAKER_NOT_BUILT`. */
export function createContainerMaker(options: ContainerMakerOptions): BaseMaker {
  return async (recipe, folder, signal) => {
    const engine = await options.engine();
    const mirror = await findMirror(options.mirror).then(
      ({ uri }) => uri,
      () => '',
    );
    const image = await makerImage(engine, options, mirror, signal);
    const binds = [{ source: folder, target: OUT, writable: true }];
    await using container = await startContainer(
      engine,
      {
        ...{ image, binds, network: 'host', mayMakeDevices: true },
        work: await options.session.folder('container'),
        session: options.session.path,
      },
      signal,
    );
    const env = { ...bootstrapEnvironment(), PATH, LANG: 'C.UTF-8', TZ: 'UTC', HOME: OUT, TMPDIR: OUT };
    const argv = mmdebstrapArgv(recipe, { uri: '', signedBy: undefined }).slice(0, -1);
    const command = {
      argv: ['/bin/sh', '-c', WITH_MIRROR, 'make', mirror, ...argv] as const,
      cwd: OUT,
    };
    const start = async (limited: AbortSignal) => container.start(command, env, 'ignore', limited);
    const made = await collectBase(recipe, folder, start, options.events, signal);
    await giveToUs(engine, container, binds);
    return made;
  };
}

async function makerImage(
  engine: Engine,
  { chrootDir, from }: ContainerMakerOptions,
  mirror: string,
  signal: AbortSignal,
): Promise<string> {
  const dockerfile = join(chrootDir, 'Dockerfile');
  const id = createHash('sha256')
    .update(JSON.stringify([await readFile(dockerfile, 'utf8'), from ?? '', mirror]))
    .digest('hex');
  const image = `${MAKERS}:${id}`;
  if (await hasImage(engine, image, signal)) return image;
  const given = Object.entries({ BASE: from ?? '', MIRROR: mirror, ...proxies() })
    .filter(([, value]) => value !== '')
    .flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  const args = ['build', '--network', 'host', '--force-rm', '--tag', image, ...given, '-'];
  try {
    await engine.feed(args, createReadStream(dockerfile), signal);
  } catch (error) {
    if (signal.aborted || !(error instanceof ToolkitError)) throw error;
    throw hostError('MAKER_NOT_BUILT', `Docker could not build chroot/Dockerfile: ${error.message}`, {
      hint: 'Its base image has to be in reach (docker pull debian:trixie-slim, or docker tag one that you have); a host with mmdebstrap needs none.',
      cause: error,
    });
  }
  return image;
}

function proxies(): Record<string, string> {
  const { SOURCE_DATE_EPOCH: _, ...found } = bootstrapEnvironment();
  return found;
}
