import { changelog, paragraph } from './prose.ts';
import type { Random } from './random.ts';

export interface SubpackageText {
  /** `devel`, or `-n name`. */
  readonly name: string;
  readonly lines: readonly string[];
  readonly files: readonly string[];
}

export interface SpecText {
  readonly name: string;
  readonly version: string;
  readonly release?: string;
  /** Before the preamble: %global, %include, %bcond. */
  readonly top?: readonly string[];
  readonly preamble: readonly string[];
  readonly subpackages?: readonly SubpackageText[];
  readonly files: readonly string[];
  /** Lines of %build and %install each; more make a large spec. */
  readonly script?: number;
  readonly hasCheck?: boolean;
  readonly hasGenerateBuildRequires?: boolean;
}

/** Writes a spec as packagers do: a long script, a long changelog, and what matters in between. */
export function specText(spec: SpecText, random: Random): string {
  const script = (lines: number) =>
    Array.from(
      { length: lines },
      (_, at) => `  %{__install} -D -m 0644 src/file${at}.c %{buildroot}%{_libdir}/%{name}/file${at}.c`,
    );
  const lines = spec.script ?? random.between(5, 40);
  const url = `https://%{name}.example.invalid/releases/%{version}`;
  return [
    ...(spec.top ?? []),
    `Summary:        ${paragraph(random, 1)}`,
    `Name:           ${spec.name}`,
    `Version:        ${spec.version}`,
    `Release:        ${spec.release ?? random.between(1, 30)}%{?dist}`,
    'License:        MIT AND (GPL-2.0-or-later OR BSD-3-Clause)',
    `URL:            ${url}`,
    `Source0:        ${url}/%{name}-%{version}.tar.gz`,
    ...Array.from(
      { length: random.between(0, 8) },
      (_, at) => `Patch${at}:         CVE-2025-${1000 + at}.patch`,
    ),
    ...spec.preamble,
    '',
    '%description',
    paragraph(random, random.between(2, 6)),
    '',
    ...(spec.subpackages ?? []).flatMap(({ name, lines: own }) => [
      `%package ${name}`,
      `Summary:        ${paragraph(random, 1)}`,
      ...own,
      '',
      `%description ${name}`,
      paragraph(random, 2),
      '',
    ]),
    '%prep',
    '%autosetup -p1',
    '',
    ...(spec.hasGenerateBuildRequires === true ? ['%generate_buildrequires', 'echo generated', ''] : []),
    '%build',
    '%configure --disable-static',
    '%make_build',
    ...script(lines),
    '',
    '%install',
    '%make_install',
    "find %{buildroot} -type f -name '*.la' -delete -print",
    ...script(lines),
    '',
    ...(spec.hasCheck === true ? ['%check', 'make %{?_smp_mflags} check', ''] : []),
    '%files',
    '%license COPYING',
    ...spec.files,
    '',
    ...(spec.subpackages ?? []).flatMap(({ name, files }) => [`%files ${name}`, ...files, '']),
    changelog(random, random.between(3, 40)),
  ].join('\n');
}
