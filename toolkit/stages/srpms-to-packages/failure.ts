import type { ErrorSummary } from './types.ts';

/** Lines that tell why a build failed, the most telling first. */
const TELLING: readonly RegExp[] = [
  /\bNo space left on device\b/,
  /\bfatal error: /,
  /\berror: (?!Bad exit status|command )/,
  /^(?:\/\S+: )?(?:ld|collect2)\S*: .*(?:error|undefined reference)/,
  /\bError \d+\b/,
  /^\s*File not found: /,
  /^\s*Installed \(but unpackaged\) file\(s\) found:/,
  /\bFailed build dependencies\b/,
  /^Hunk #\d+ FAILED/,
  /^error: /,
];

const BEFORE = 2;
const AFTER = 6;

/**
 * Finds the lines of a build log that tell what failed: around the first that says so, and how rpmbuild
 * ended. `log` is the tail of the log.
 */
export function summarizeFailure(log: string, exitCode: number): ErrorSummary {
  const lines = log.trimEnd().split('\n');
  const section = /Bad exit status from \S+ \((%\w+)\)/.exec(log)?.[1];
  const where = section === undefined ? 'rpmbuild' : section;
  for (const pattern of TELLING) {
    const at = lines.findIndex((line) => pattern.test(line));
    if (at === -1) continue;
    return {
      message: `${where} failed: ${lines[at]!.trim()}`,
      lines: lines.slice(Math.max(0, at - BEFORE), at + AFTER),
    };
  }
  return { message: `${where} failed with exit code ${exitCode}`, lines: lines.slice(-BEFORE - AFTER) };
}
