import { ToolkitError } from '../domain/errors.ts';
import { redact } from '../report/redact.ts';

/** Exit codes of every command. */
export const EXIT = { ok: 0, build: 1, usage: 2, host: 3, interrupted: 130 } as const;

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown, interrupted: boolean): number {
  if (interrupted) return EXIT.interrupted;
  return error instanceof ToolkitError ? EXIT[error.errorClass] : EXIT.build;
}

/** An error as a person reads it: what happened, and what to do. A fault of ours keeps its stack. */
export function describeError(error: unknown): string {
  if (error instanceof ToolkitError) {
    const hint = error.hint === undefined ? '' : `\n  ${error.hint}`;
    const docs = error.docs === undefined ? '' : `\n  See ${error.docs}.`;
    return redact(`error: ${error.message}${hint}${docs}`);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return redact(`error: a fault in distrokit itself\n${text}`);
}

/** An error as a JSON object. */
export function errorJson(error: unknown): object {
  if (error instanceof ToolkitError) {
    const { code, message, hint, docs } = error;
    return { type: 'error', code, message, hint, docs };
  }
  return { type: 'error', code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
