import type { RootCommand, RootProcess } from '../../domain/ports.ts';
import { openOutputCollector } from '../process/output.ts';
import type { StartedProcess } from '../process/run.ts';

/** How long a disposed program may take to end by itself, once its input has ended. */
const GRACE_MS = 2_000;
/** Exit code of what SIGKILL ended. */
const KILLED = 137;

/** A started program as the port shows it. stderr goes to the command's log and `onLine`. */
export async function rootProcess(
  child: StartedProcess,
  command: Pick<RootCommand, 'log' | 'onLine'>,
  stop: AbortController,
  cleanUp: () => void,
): Promise<RootProcess> {
  const output = await openOutputCollector(command.log, command.onLine);
  const drained = output.gather(child.stderr);
  const ended = child.ended
    .catch((error: unknown) => {
      if (stop.signal.aborted) return KILLED;
      throw error;
    })
    .finally(async () => {
      await drained.catch(() => {});
      await output[Symbol.asyncDispose]();
      cleanUp();
    });
  ended.catch(() => {});
  return {
    stdin: child.stdin!,
    stdout: child.stdout!,
    ended,
    async [Symbol.asyncDispose]() {
      child.stdin?.end();
      const timer = setTimeout(() => stop.abort(new Error('disposed')), GRACE_MS);
      await ended.catch(() => {});
      clearTimeout(timer);
    },
  };
}
