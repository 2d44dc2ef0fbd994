import { hostError, ToolkitError } from '../domain/errors.ts';

/** Whether `error` is a system error with this code, e.g. `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/**
 * What a failed file operation means to the user: `DISK_FULL`, `FILE_NOT_PERMITTED` or `FILE_NOT_WRITABLE`
 * with the path. An error that is a user's already, or that the user cannot mend, comes back as it is.
 */
export function hostErrorFromIo(error: unknown, path: string): unknown {
  if (error instanceof ToolkitError) return error;
  if (hasCode(error, 'ENOSPC') || hasCode(error, 'EDQUOT')) return diskFull(path, error);
  if (hasCode(error, 'EACCES') || hasCode(error, 'EPERM')) {
    return hostError('FILE_NOT_PERMITTED', `No permission to use ${path}`, {
      hint: 'Give your user access to it, or run as the user who owns it.',
      cause: error,
    });
  }
  if (hasCode(error, 'EROFS')) {
    return hostError('FILE_NOT_WRITABLE', `${path} lies on a read-only file system`, {
      hint: 'Name another folder (DISTROKIT_CACHE for the cache).',
      cause: error,
    });
  }
  return error;
}

export function diskFull(path: string, cause?: unknown): ToolkitError {
  return hostError('DISK_FULL', `No space left on the disk while writing ${path}`, {
    hint: 'Free some space there (`make clean-cache` empties the cache), then run the same command again: it goes on where it stopped.',
    cause,
  });
}

/** Whether a program said that its disk is full; all of them say it as strerror(3) does. */
export function saysDiskFull(output: string): boolean {
  return /No space left on device|Disk quota exceeded/.test(output);
}
