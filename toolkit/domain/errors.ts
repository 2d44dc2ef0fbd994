/** What the person at the terminal can do about an error; decides the exit code (cli/exit.ts). */
export type ErrorClass = 'build' | 'usage' | 'host';

export interface ErrorDetails {
  /** What to do about it, as one imperative sentence. */
  readonly hint?: string;
  /** Page of the docs, relative to the checkout. */
  readonly docs?: string;
  readonly cause?: unknown;
}

/**
 * The one error that reaches a user: a stable code, what happened and where, and what to do.
 * Programmer errors stay plain `Error`.
 */
export class ToolkitError extends Error {
  override readonly name = 'ToolkitError';
  readonly code: string;
  readonly errorClass: ErrorClass;
  readonly hint: string | undefined;
  readonly docs: string | undefined;

  constructor(errorClass: ErrorClass, code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.errorClass = errorClass;
    this.code = code;
    this.hint = details.hint;
    this.docs = details.docs;
  }
}

/** The same error told otherwise: its code and page stay, its hint where there is no other, and it is the cause. */
export function retold(
  error: ToolkitError,
  {
    errorClass = error.errorClass,
    message = error.message,
    hint = error.hint,
  }: Partial<Pick<ToolkitError, 'errorClass' | 'message' | 'hint'>>,
): ToolkitError {
  const { code, docs } = error;
  return new ToolkitError(errorClass, code, message, {
    ...(hint === undefined ? {} : { hint }),
    ...(docs === undefined ? {} : { docs }),
    cause: error,
  });
}

/** Something asked of the toolkit could not be built (exit code 1). */
export function buildError(code: string, message: string, details: ErrorDetails = {}): ToolkitError {
  return new ToolkitError('build', code, message, details);
}

/** Wrong use, configuration or spec (exit code 2). */
export function usageError(code: string, message: string, details: ErrorDetails = {}): ToolkitError {
  return new ToolkitError('usage', code, message, details);
}

/** The host lacks something that the user can add (exit code 3). */
export function hostError(code: string, message: string, details: ErrorDetails = {}): ToolkitError {
  return new ToolkitError('host', code, message, details);
}
