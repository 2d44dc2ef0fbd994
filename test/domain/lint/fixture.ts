import type { ElfFile } from '../../../toolkit/domain/elf.ts';
import type { FileContent, LintedPackage, PackagedFile } from '../../../toolkit/domain/lint/content.ts';
import type { Finding } from '../../../toolkit/domain/lint/finding.ts';
import type { LintedSpec } from '../../../toolkit/domain/lint/spec-rules.ts';
import { readSpecText } from '../../../toolkit/domain/lint/spec-text.ts';
import type { RpmPackage } from '../../../toolkit/domain/package.ts';

type FileParts = Partial<PackagedFile> & Pick<FileContent, 'elf' | 'elfProblem' | 'isScript' | 'mentions'>;

const MODES = { file: 0o100644, folder: 0o040755, link: 0o120777, other: 0 } as const;

/** A package as `lint` sees it, with files by their path; what is not said is as it should be. */
export function linted(
  files: Readonly<Record<string, FileParts>> = {},
  parts: Partial<RpmPackage> = {},
): LintedPackage {
  const contents = new Map<string, FileContent>();
  const packaged = Object.entries(files).map(([path, { elf, elfProblem, isScript, mentions, ...file }]) => {
    const content = { elf, elfProblem, isScript, mentions };
    const told = Object.entries(content).filter(([, value]) => value !== undefined);
    if (told.length > 0) contents.set(path, Object.fromEntries(told));
    return packagedFile(path, file);
  });
  const name = parts.name ?? 'x';
  return { spec: `${name}/${name}.spec`, package: rpmPackage(parts), files: packaged, contents };
}

function packagedFile(path: string, parts: Partial<PackagedFile>): PackagedFile {
  const type = parts.type ?? 'file';
  return {
    ...{ path, type, mode: MODES[type], user: 'root', group: 'root' },
    ...{ isUtf8: true, isConfig: false, isDoc: false, isLicense: false, isGhost: false },
    ...{ content: path, linkTo: '', size: 1, hardLink: undefined, caps: '' },
    ...parts,
  };
}

function rpmPackage(parts: Partial<RpmPackage>): RpmPackage {
  return {
    ...{ name: 'x', epoch: 0, version: '1', release: '1', arch: 'x86_64' },
    ...{ summary: 'A package', description: 'Words.', url: 'https://example.org/x', license: 'MIT' },
    ...{ vendor: '', group: '', buildHost: '', packager: '', sourceRpm: 'x.src.rpm', buildTime: 0 },
    ...{ isSource: false, installedSize: 0, archiveSize: 0, headerRange: { start: 0, end: 0 } },
    ...{ provides: [], requires: [], conflicts: [], obsoletes: [], files: [], changelogs: [] },
    ...{ recommends: [], suggests: [], supplements: [], enhances: [] },
    ...parts,
  };
}

/** A program or library as our macros build them. */
export function elf(parts: Partial<ElfFile> = {}): ElfFile {
  return {
    ...{ bits: 64, machine: 62, type: 'shared', interpreter: undefined, isDynamic: true },
    ...{ soname: undefined, needed: ['libc.so.6'], rpath: [], runpath: [], imports: [] },
    ...{ bindsNow: true, isPie: true, hasRelro: true, stack: 'plain' },
    ...{ hasTextRelocations: false, hasWritableCode: false, hasSymbolTable: false, hasDebugInfo: false },
    ...{ isKernelModule: false, cet: { ibt: false, shadowStack: false } },
    ...{ codeSize: 65536, landingPads: 9, buildId: undefined },
    ...parts,
  };
}

/** A spec of these lines. */
export function lintedSpec(lines: readonly string[], sources: readonly string[] = []): LintedSpec {
  return {
    scan: {
      spec: 'x/x.spec',
      source: { name: 'x', epoch: 0, version: '1', release: '1', arch: 'src' },
      ...{ buildRequires: [], packages: [], exclusiveArch: [], excludeArch: [], patches: [], warnings: [] },
      ...{ hasCheck: false, hasGenerateBuildRequires: false },
      sources: sources.map((file) => ({ file, url: file })),
    },
    text: readSpecText(lines.join('\n'), 'x'),
    signatures: { signatures: new Map(), alternatives: new Map() },
  };
}

/** `RULE PLACE` of each finding. */
export function told(findings: readonly Finding[]): string[] {
  return findings.map(({ rule, at }) => (at === undefined ? rule : `${rule} ${at}`));
}
