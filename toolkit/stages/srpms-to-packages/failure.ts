import type { ErrorSummary } from './types.ts';

/** Lines that tell why a build failed, the most telling kind first. The first line of a kind is taken. */
const TELLING: readonly RegExp[] = [
  /\bNo space left on device\b/,
  /^[^\s:]+:\d+(?::\d+)?: (?:fatal )?error: /,
  /\bundefined reference to\b|\bmultiple definition of\b|\bcannot find -l/,
  /^Hunk #\d+ FAILED|^can't find file to patch/,
  /^error: (?:File not found|Failed build dependencies|Installed \(but unpackaged\))/,
  /^g?make(?:\[\d+\])?: \*\*\* (?!.*\(ignored\))/,
  /^(?:error|fatal|FAIL|FAILED)\b.*: (?!Bad exit status)/,
  /\berror: (?!Bad exit status|command )/,
];

/** How rpmbuild says that a section's script failed; what made it fail stands above. */
const ENDED = /^error: Bad exit status from \S+ \((%\w+)\)/;
/** What rpmbuild writes after the end: it repeats itself and cleans up. */
const AFTERWORD = /^(?:RPM build errors:|RPM build warnings:|Executing\(rmbuild\))/;

/** How many of rpmbuild's own errors are shown. */
const OWN_ERRORS = 20;
const BEFORE = 4;
const AFTER = 5;

/** Finds the lines of a build log that tell what failed, and in which section. `log` may be its tail only. */
export function summarizeFailure(log: string, exitCode: number): ErrorSummary {
  const all = log.split('\n').map((line) => line.trimEnd());
  const after = all.findIndex((line) => AFTERWORD.test(line));
  const told = after === -1 ? all : all.slice(0, after);
  const section = told.map((line) => ENDED.exec(line)?.[1]).find((name) => name !== undefined);
  if (section === undefined) {
    const own = ownErrors(all);
    if (own.length > 0) return { message: `rpmbuild failed: ${own[0]}`, lines: own.slice(0, OWN_ERRORS) };
  }
  // Sections before the last one ended well.
  const begin = Math.max(
    0,
    told.findLastIndex((line) => line.startsWith('Executing(')),
  );
  const lines = told.slice(begin).filter((line) => line !== '' && !ENDED.test(line));
  const where = section ?? 'rpmbuild';
  for (const pattern of TELLING) {
    const at = lines.findIndex((line) => pattern.test(line));
    if (at === -1) continue;
    const message = `${where} failed: ${lines[at]!.trim().replace(/^error: /, '')}`;
    return { message, lines: lines.slice(Math.max(0, at - BEFORE), at + AFTER) };
  }
  const end = lines.slice(-BEFORE - AFTER);
  const last = end.findLast((line) => !/^\++ |^Executing\(/.test(line))?.trim();
  const said = section === undefined || last === undefined ? ` with exit code ${exitCode}` : `: ${last}`;
  return { message: `${where} failed${said}`, lines: end };
}

/**
 * What rpmbuild itself lists at its end: files of %files that are not there, and those in no package. They are
 * said without the folder of the build, whose name means nothing to a user.
 */
function ownErrors(lines: readonly string[]): string[] {
  const at = lines.findLastIndex((line) => line.startsWith('RPM build errors:'));
  return at === -1
    ? []
    : lines
        .slice(at + 1)
        .filter((line) => /^\s+\S/.test(line))
        .map((line) => line.replace(/^ {4}/, '').replace(/\/\S*\/BUILDROOT(?=\/)/, ''));
}
