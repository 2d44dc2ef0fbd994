import { ToolkitError } from '../domain/errors.ts';
import { hostErrorFromIo } from '../host/io-errors.ts';
import { redact } from '../report/redact.ts';

/** Exit codes of every command. */
export const EXIT = { ok: 0, build: 1, usage: 2, host: 3, interrupted: 130 } as const;

/**
 * The error that a user is told of: the first that happened where cleaning up after it failed too, and in
 * the user's words where the disk is full or a file may not be touched.
 */
function told(thrown: unknown): unknown {
  let error = thrown;
  while (error instanceof SuppressedError) error = error.suppressed;
  const path = error instanceof Error && 'path' in error ? String(error.path) : 'a file';
  return hostErrorFromIo(error, path);
}

/** The exit code that an error stands for. */
export function exitCodeOf(thrown: unknown, interrupted: boolean): number {
  if (interrupted) return EXIT.interrupted;
  const error = told(thrown);
  return error instanceof ToolkitError ? EXIT[error.errorClass] : EXIT.build;
}

/** An error as a person reads it: what happened, and what to do. A fault of ours keeps its stack. */
export function describeError(thrown: unknown): string {
  const error = told(thrown);
  if (error instanceof ToolkitError) {
    const hint = error.hint === undefined ? '' : `\n  ${error.hint}`;
    const docs = error.docs === undefined ? '' : `\n  See ${error.docs}.`;
    return redact(`error: ${error.message}${hint}${docs}`);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return redact(`error: a fault in distrokit itself\n${text}`);
}

/** An error as a JSON object. */
export function errorJson(thrown: unknown): object {
  const error = told(thrown);
  if (error instanceof ToolkitError) {
    const { code, message, hint, docs } = error;
    return { type: 'error', code, message: redact(message), hint, docs };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { type: 'error', code: 'INTERNAL', message: redact(message) };
}
