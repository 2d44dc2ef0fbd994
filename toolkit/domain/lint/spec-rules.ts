import { acceptedHashes, type SourceSignatures } from '../sources.ts';
import type { SpecScan } from '../spec.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { lintLicense, lintSummary } from './header-rules.ts';
import type { SpecText } from './spec-text.ts';

/** A spec that rpm could read, with its text and what its sources are known by. */
export interface LintedSpec {
  readonly scan: SpecScan;
  readonly text: SpecText;
  readonly signatures: SourceSignatures;
}

/** Whose a finding about a whole spec is. */
export function sourceSubject({ scan }: Pick<LintedSpec, 'scan'>): Subject {
  return { spec: scan.spec, package: scan.source.name };
}

/** What is wrong with a spec itself. Its packages' own words are judged only while they are not built. */
export function lintSpec(spec: LintedSpec, isBuilt: boolean): Finding[] {
  const subject = sourceSubject(spec);
  return [...sources(spec, subject), ...libraryPaths(spec.text, subject), ...(isBuilt ? [] : preamble(spec))];
}

function sources({ scan, signatures, text }: LintedSpec, subject: Subject): Finding[] {
  return [...scan.sources, ...scan.patches]
    .filter(({ file }) => acceptedHashes(signatures, file).length === 0)
    .map(({ file }) => {
      const line = text.lines.find(
        (one) => /^(?:source|patch)\d*\s*:/i.test(one.text) && one.text.includes(file),
      );
      return finding('source-without-hash', subject, file, 'nothing says what its bytes are', line?.number);
    });
}

/** The library folder of another distribution, or of Debian; the loader's name in /lib64 is part of the ABI. */
const LIBRARY_PATH = /\/usr\/lib64\b|\/lib64\/(?!ld-linux)|\/lib\/(?:x86_64|aarch64|i386)-linux-gnu\b/;

function libraryPaths({ lines }: SpecText, subject: Subject): Finding[] {
  return lines.flatMap(({ number, text }) => {
    const path = LIBRARY_PATH.exec(text)?.[0];
    return path === undefined
      ? []
      : [finding('library-path-in-spec', subject, path, 'it is written out', number)];
  });
}

/** What the headers of built packages tell for certain; here only what needs no macro. */
function preamble({ scan, text }: LintedSpec): Finding[] {
  const [main] = text.packages;
  return text.packages.flatMap((package_) => {
    const subject = { spec: scan.spec, package: package_.name };
    const { line, tags, description, hasDescription } = package_;
    const plain = (tag: string) => [tags.get(tag)?.text ?? ''].filter((value) => !value.includes('%'));
    return [
      ...plain('license').flatMap((license) => lintLicense(license, subject)),
      ...plain('summary').flatMap((summary) => lintSummary(summary, subject)),
      ...(hasDescription
        ? []
        : [finding('description-missing', subject, undefined, 'it is missing', description ?? line)]),
      ...(package_ === main && !tags.has('url')
        ? [finding('url-missing', subject, undefined, 'it is missing')]
        : []),
    ];
  });
}
