import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';

/** Programs of the image may want them, and a user namespace cannot make them: they are bound over files. */
const DEVICES = ['/dev/null', '/dev/zero', '/dev/random', '/dev/urandom'];

/** Runs `work` while programs of the image find the usual devices. Throws `Error`. */
export function withDevices<T>(target: string, work: () => T): T {
  mkdirSync(`${target}/dev`, { recursive: true });
  try {
    for (const path of DEVICES) writeFileSync(`${target}${path}`, '');
    return withBound(target, DEVICES, work);
  } finally {
    // An unmounted placeholder is an ordinary file, which no package owns.
    for (const path of DEVICES) rmSync(`${target}${path}`, { force: true });
  }
}

/** Runs `work` while programs of the image find /proc, which rpm could not unpack to. Throws `Error`. */
export function withProc<T>(target: string, work: () => T): T {
  return withBound(target, ['/proc'], work);
}

function withBound<T>(target: string, paths: readonly string[], work: () => T): T {
  const bound: string[] = [];
  try {
    for (const path of paths) {
      const { status, stderr } = spawnSync('mount', ['--rbind', path, `${target}${path}`], {
        encoding: 'utf8',
      });
      if (status !== 0) throw new Error(`${path} could not be bound: ${stderr}`);
      bound.push(path);
    }
    return work();
  } finally {
    for (const path of bound) spawnSync('umount', ['--recursive', `${target}${path}`]);
  }
}
