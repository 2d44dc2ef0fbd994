import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import type { ComposeJob, ComposeScript } from '../../domain/image-job.ts';
import { lastLines } from '../../domain/text.ts';
import { withProc } from './prepare.ts';

/** In the image; nothing of it stays, since /run is not part of one. */
const FOLDER = '/run/distrokit-scripts';

/**
 * Runs the user's scripts in the image one after another: without a network, each with processes of its own
 * that end with it. Returns what they said, each line with the script's name. Throws `Error` with the last lines
 * of the one that failed or did not end in time.
 */
export function runScripts({ target, out, epoch, scripts }: ComposeJob): string[] {
  mkdirSync(`${target}${FOLDER}`, { recursive: true });
  try {
    return withProc(target, () =>
      scripts.flatMap((script) => {
        const said = runScript(script, target, `${out}/script.log`, epoch);
        return said
          .split('\n')
          .filter((line) => line.trim() !== '')
          .map((line) => `${script.name}: ${line}`);
      }),
    );
  } finally {
    rmSync(`${target}${FOLDER}`, { recursive: true, force: true });
  }
}

function runScript(script: ComposeScript, target: string, log: string, epoch: number): string {
  const path = `${FOLDER}/${basename(script.name)}`;
  if (script.source === undefined) writeFileSync(`${target}${path}`, script.text ?? '');
  else copyFileSync(script.source, `${target}${path}`);
  chmodSync(`${target}${path}`, 0o755);
  // A file: what a script leaves running would hold a pipe open.
  const file = openSync(log, 'w');
  const namespace = ['unshare', '--pid', '--fork', '--kill-child'] as const;
  const { error, status, signal } = spawnSync(
    namespace[0],
    [
      ...namespace.slice(1),
      'chroot',
      target,
      ...interpreter(script, `${target}${path}`),
      path,
      ...script.args,
    ],
    {
      stdio: ['ignore', file, file],
      timeout: script.timeoutSeconds * 1000,
      killSignal: 'SIGKILL',
      env: {
        ...script.env,
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        ...{ HOME: '/root', LC_ALL: 'C.UTF-8', TZ: 'UTC', SOURCE_DATE_EPOCH: String(epoch) },
      },
    },
  );
  closeSync(file);
  const said = readFileSync(log, 'utf8');
  rmSync(log);
  if (status === 0) return said;
  const isLate = error !== undefined && 'code' in error && error.code === 'ETIMEDOUT';
  const why = isLate
    ? `did not end within ${script.timeoutSeconds} seconds`
    : `ended with ${status ?? signal ?? error?.message}`;
  throw new Error(`the script ${script.name} ${why}\n${lastLines(said, 40)}`.trimEnd());
}

/** A script that does not say what runs it is one of the shell. */
function interpreter(script: ComposeScript, path: string): string[] {
  if (script.interpreter !== undefined) return [script.interpreter];
  const start = readFileSync(path).subarray(0, 4).toString('latin1');
  return start.startsWith('#!') || start === '\x7fELF' ? [] : ['/bin/sh'];
}
