import { join } from 'node:path';
import { buildError, ToolkitError } from '../../domain/errors.ts';
import type { Bind, Ports, Root } from '../../domain/ports.ts';
import type { PackagePlan } from './types.ts';

/**
 * The build root of a package: the worker with its dependencies installed. Made once for each set of
 * dependencies. Throws `BUILD_ROOT_FAILED` when they cannot be installed.
 */
export async function buildRoot(
  plan: PackagePlan,
  worker: Root,
  ports: Ports,
  signal: AbortSignal,
): Promise<Root> {
  if (plan.dependencies.length === 0) return worker;
  const binds: Bind[] = [
    {
      source: join(import.meta.dirname, 'install-layer.sh'),
      target: '/build/install-layer.sh',
      writable: false,
    },
  ];
  for (const { file, sha256 } of plan.dependencies) {
    const source = await ports.store.find(sha256);
    if (source === undefined) {
      throw buildError('STORE_LOST', `${file} was in the cache a moment ago and is gone`, {
        hint: 'Run again; is another program emptying the cache folder?',
      });
    }
    binds.push({ source, target: `/build/packages/${file}`, writable: false });
  }
  const command = { argv: ['/bin/bash', '/build/install-layer.sh'] as const, binds };
  try {
    return await ports.roots.derive(worker, plan.layerKey, command, signal);
  } catch (cause) {
    if (!(cause instanceof ToolkitError) || cause.code !== 'ROOT_LAYER_FAILED') throw cause;
    // Its first line tells of bash; what bash said follows.
    const said = cause.message.split('\n').slice(1).join('\n');
    throw buildError('BUILD_ROOT_FAILED', `what it needs cannot be installed into its build root:\n${said}`, {
      cause,
    });
  }
}
