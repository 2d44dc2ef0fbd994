import type { ElfFile } from '../elf.ts';
import type { LintedPackage } from './content.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { fileName, folderOf, isInLinkerFolder, normalPath } from './folders.ts';
import type { RuleId } from './rules.ts';

/** What is wrong with a package's programs and libraries. */
export function lintElf(linted: LintedPackage): Finding[] {
  const { spec, files, contents } = linted;
  const { name, arch } = linted.package;
  const subject: Subject = { spec, package: name };
  const found = files.flatMap(({ path }) => {
    const { elf, elfProblem } = contents.get(path) ?? {};
    if (elfProblem !== undefined) return [finding('elf-invalid', subject, path, elfProblem)];
    if (elf === undefined) return [];
    const isNoarch = arch === 'noarch' ? [finding('elf-in-noarch', subject, path, 'it is an ELF file')] : [];
    return [...isNoarch, ...lintFile(subject, path, elf)];
  });
  return [...found, ...stackProtector(linted, subject)];
}

type Check = (elf: ElfFile, path: string) => string | undefined;

/** Of files that are loaded: programs and libraries. */
const LOADED: readonly (readonly [RuleId, Check])[] = [
  ['elf-no-soname', missingSoname],
  ['elf-rpath', wrongRunPath],
  ['elf-not-pie', ({ type }) => (type === 'executable' ? 'it is linked to a fixed address' : undefined)],
  ['elf-no-relro', ({ hasRelro }) => (hasRelro ? undefined : 'it has no RELRO segment')],
  [
    'elf-lazy-binding',
    ({ isDynamic, needed, bindsNow }) =>
      isDynamic && needed.length > 0 && !bindsNow ? 'it is not linked with BIND_NOW' : undefined,
  ],
  ['elf-executable-stack', executableStack],
  [
    'elf-text-relocations',
    ({ hasTextRelocations }) => (hasTextRelocations ? 'it has DT_TEXTREL' : undefined),
  ],
  ['elf-writable-code', ({ hasWritableCode }) => (hasWritableCode ? 'a segment is rwx' : undefined)],
  ['elf-not-stripped', notStripped],
  ['elf-not-fortified', notFortified],
  ['elf-no-cet', missingCet],
];

/** `e_machine` of x86-64. */
const X86_64 = 62;

function lintFile(subject: Subject, path: string, elf: ElfFile): Finding[] {
  const checks = elf.type === 'executable' || elf.type === 'shared' ? LOADED : [];
  const module = elf.isKernelModule && elf.hasDebugInfo ? 'it has debug information' : undefined;
  return [
    ...checks.flatMap(([rule, check]) => {
      const what = check(elf, path);
      return what === undefined ? [] : [finding(rule, subject, path, what)];
    }),
    ...(module === undefined ? [] : [finding('elf-not-stripped', subject, path, module)]),
  ];
}

function missingSoname({ soname, interpreter, isPie, type }: ElfFile, path: string): string | undefined {
  const isLibrary = type === 'shared' && interpreter === undefined && !isPie;
  const isWanted = isInLinkerFolder(path) && /^lib.*\.so(?:\.|$)/.test(fileName(path));
  return isLibrary && isWanted && soname === undefined
    ? 'programs linked to it would name the file'
    : undefined;
}

/** A private folder of libraries is found by a RUNPATH alone; everything else is found without one. */
function wrongRunPath({ rpath, runpath }: ElfFile, path: string): string | undefined {
  if (rpath.length > 0) return `RPATH is ${rpath.join(':')}`;
  const wrong = runpath.filter((entry) => {
    const whole = entry.replace(/^\$(?:ORIGIN|\{ORIGIN\})/, folderOf(path));
    const folder = normalPath(whole);
    const isAbsolute = whole.startsWith('/');
    return !isAbsolute || !/^\/usr\/(?:lib|libexec)\/(?!x86_64-linux-gnu)[^/]/.test(folder);
  });
  return wrong.length === 0 ? undefined : `RUNPATH is ${runpath.join(':')}`;
}

function notStripped({ hasDebugInfo, hasSymbolTable }: ElfFile): string | undefined {
  if (hasDebugInfo) return 'it has debug information';
  return hasSymbolTable ? 'it has a symbol table' : undefined;
}

function executableStack({ stack }: ElfFile): string | undefined {
  if (stack === 'plain') return undefined;
  return stack === 'absent' ? 'no segment says that the stack is not executable' : 'its stack is executable';
}

/**
 * The property note is no judge: the linker drops it when the start files of the worker's C library have none.
 * What the compiler was told shows in the code.
 */
function missingCet({ machine, codeSize, landingPads }: ElfFile): string | undefined {
  const isJudged = machine === X86_64 && codeSize >= 4096;
  return isJudged && landingPads === 0 ? 'no function of it begins with endbr64' : undefined;
}

/** Functions that glibc has a checked form of, and that are called often. Source: glibc, debug/Makefile. */
const FORTIFIED = new Set(
  (
    'memcpy memmove memset mempcpy strcpy stpcpy strncpy stpncpy strcat strncat sprintf snprintf vsprintf ' +
    'vsnprintf printf fprintf vprintf vfprintf dprintf asprintf vasprintf syslog vsyslog fgets fread read ' +
    'pread recv recvfrom readlink readlinkat getcwd realpath gethostname getgroups confstr wcscpy wcsncpy ' +
    'wmemcpy mbstowcs wcstombs poll open64 longjmp'
  ).split(' '),
);

/**
 * Whether nothing that could be checked is, of what links glibc: musl has no checked forms. One function alone may have only calls whose sizes are known, or
 * are not: several without one checked form tell that the macro was not set.
 */
function notFortified({ imports, needed }: ElfFile): string | undefined {
  if (!needed.includes('libc.so.6') || imports.some((name) => name.endsWith('_chk'))) return undefined;
  const calls = imports.filter((name) => FORTIFIED.has(name));
  const formats = calls.filter((name) => /printf$|syslog$/.test(name));
  return formats.length > 0 && calls.length >= 4 ? `it calls ${calls.join(', ')} unchecked` : undefined;
}

/**
 * Functions with arrays on the stack are what is protected: one program may have none, all programs of a
 * package that is not tiny have some.
 */
function stackProtector({ files, contents }: LintedPackage, subject: Subject): Finding[] {
  const linked = files.flatMap(({ path }) => {
    const elf = contents.get(path)?.elf;
    return elf !== undefined && elf.imports.length >= 20 ? [{ path, elf }] : [];
  });
  const isProtected = linked.some(({ elf }) => elf.imports.some((name) => name.startsWith('__stack_chk_')));
  const [first] = linked;
  return first === undefined || isProtected
    ? []
    : [
        finding(
          'elf-no-stack-protector',
          subject,
          first.path,
          'neither it nor any other asks for __stack_chk_fail',
        ),
      ];
}
