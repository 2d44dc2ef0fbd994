/** How much a finding matters: errors make `distrokit lint` end with 1. */
export type Severity = 'error' | 'warning';

interface Rule {
  readonly severity: Severity;
  /** What it finds, for the table in docs/lint.md. */
  readonly about: string;
  /** What to do about a finding, as one imperative sentence. */
  readonly remedy: string;
}

function error(about: string, remedy: string): Rule {
  return { severity: 'error', about, remedy };
}

function warning(about: string, remedy: string): Rule {
  return { severity: 'warning', about, remedy };
}

/** Every rule, by its id, in the order in which the docs list them. */
export const RULES = {
  'license-missing': error('a package says no licence', 'Write the licence of its files into License.'),
  'license-not-spdx': error(
    'a licence is no SPDX expression',
    'Write identifiers of spdx.org/licenses, joined by AND, OR and WITH; LicenseRef-NAME for one that is not listed.',
  ),
  'license-text-missing': warning(
    'no package of a source package holds a licence text (%license)',
    'Mark the text by %license in the list of files.',
  ),
  'summary-missing': error('a package has no Summary', 'Say in one line what it is.'),
  'summary-style': error(
    'a Summary that ends with a dot, has several lines or more than 79 characters',
    'Write a headline: what it is, in a few words and without a dot.',
  ),
  'description-missing': error('a package has no %description', 'Say in a sentence or two what it is for.'),
  'url-missing': error('a package has no URL', 'Name the home of the source in URL.'),
  'source-without-hash': error(
    'a source is not listed in NAME.signatures.json',
    'Let SRPM_FILE_SIGNATURE_HANDLING=update list it, and look at what it wrote.',
  ),
  'library-path-in-spec': error(
    "a spec writes out the library folder of one distribution: /usr/lib64, Debian's multiarch folder",
    'Write %{_libdir}.',
  ),
  'files-clash': error(
    'two packages that can be installed together have the same path with other bytes, modes or owners',
    'Leave it to one of them, or let one name the other in Conflicts.',
  ),
  'file-owned-twice': error(
    'two packages that can be installed together have the same file or link',
    'Leave it to one of them, and let the other require that one.',
  ),
  'requires-unmet': error(
    'a requirement that no package of the distribution meets: only the seed root, or nobody',
    'Build a package that provides it, or take away what requires it.',
  ),
  'soname-unmet': error(
    'a program or library needs a library that no package of the distribution provides',
    'Build a package that has the library, or link without it.',
  ),
  'owner-unknown': error(
    'a file of a user or group that no package makes',
    'Add a sysusers.d file for it: rpm makes Provides of it.',
  ),
  'link-dangling': warning(
    'a symbolic link to a path that no package of the distribution has',
    'Let it point to what is there, or remove it.',
  ),
  'package-empty': error(
    'a package without files that requires no other package either',
    'List its files, or remove the package.',
  ),
  'setuid-file': error(
    'a set-user-ID program',
    'Take the bit away, or say in an exception why it is needed.',
  ),
  'setgid-file': error(
    'a set-group-ID program',
    'Take the bit away, or say in an exception why it is needed.',
  ),
  'file-capabilities': error(
    'a program with capabilities',
    'Take them away, or say in an exception why they are needed.',
  ),
  'world-writable': error('a file or folder that everyone may write to', 'Take the bit away: chmod o-w.'),
  'not-readable': error(
    'a file or folder of /usr that not everyone may read',
    'Give it the mode 0644, or 0755 where it is run: what is in a package is no secret.',
  ),
  'executable-text': error(
    'a document, manual page, licence, header or unit file that may be executed',
    'Give it the mode 0644.',
  ),
  'not-executable': error(
    'a program or script in a folder of programs that may not be executed',
    'Give it the mode 0755, or put it into %{_libdir} or %{_datadir}.',
  ),
  'path-odd': error(
    'a path with bytes that are not UTF-8, with control characters or blanks, or of an editor or patch',
    'Rename or remove it in %install.',
  ),
  'path-unmerged': error(
    'a path below /bin, /sbin, /lib or /lib64, which are links into /usr',
    'Install it below /usr.',
  ),
  'path-of-others': error(
    'a file below a folder that is not for packages: /usr/local, /home, /run, /tmp, ...',
    'Install it below /usr, or create it by a tmpfiles.d entry.',
  ),
  'devel-file': error(
    'what only building needs (headers, .so links, .pc and .m4 files) in a package that is not -devel',
    'Move it to a -devel package.',
  ),
  'static-library': error(
    'a static library in a package that is neither -static nor -devel',
    'Remove it, or move it to a -static package.',
  ),
  'libtool-archive': error('a libtool archive (.la)', 'Remove it in %install.'),
  'file-empty': warning('a file without bytes', 'Remove it, if nothing looks whether it is there.'),
  'file-duplicate': warning(
    'two files of a package, each of 4096 bytes or more, are the same',
    'Make one a link to the other.',
  ),
  'python-bytecode': error(
    'compiled Python (.pyc, .pyo)',
    'Remove __pycache__ in %install, or do not let it be compiled.',
  ),
  'man-page-plain': error(
    'a manual or info page that is not packed by gzip',
    'Install it as it is where brp-compress looks, which packs all pages the same.',
  ),
  'debug-file': error(
    'debug files in a package that is not -debuginfo or -debugsource',
    'Remove them, or move them to a -debuginfo package.',
  ),
  'build-path': error(
    'a file names the folder that it was built in',
    'Configure the program with its installed paths; the compiler maps its own to /usr/src/debug.',
  ),
  'seed-path': error(
    "a file names Debian's library folder, which only build roots have",
    'Configure the program with %{_libdir}.',
  ),
  'elf-invalid': error(
    'a file begins like an ELF file and is none',
    'Build it again; look at it with readelf.',
  ),
  'elf-in-noarch': error('a program or library in a noarch package', 'Remove BuildArch: noarch.'),
  'elf-no-soname': error(
    'a shared library without a SONAME where the linker looks',
    'Link it with -Wl,-soname, or move it to a folder of its own.',
  ),
  'elf-rpath': error(
    'an RPATH, or a RUNPATH that leads elsewhere than to a private folder below /usr/lib or /usr/libexec',
    'Configure with --disable-rpath, or remove it with chrpath.',
  ),
  'elf-not-pie': error(
    'a program that is loaded at a fixed address',
    'Compile with -fPIE and link with -pie (static ones: -static-pie).',
  ),
  'elf-no-relro': error('no RELRO segment: link tables stay writable', 'Use %{build_ldflags}: -Wl,-z,relro.'),
  'elf-lazy-binding': error(
    'symbols are bound lazily, so that RELRO is partial',
    'Use %{build_ldflags}: -Wl,-z,now.',
  ),
  'elf-executable-stack': error(
    'the stack is executable, or nothing says that it is not',
    'Mark assembler sources by .note.GNU-stack, or link with -Wl,-z,noexecstack.',
  ),
  'elf-text-relocations': error('code is changed when it is loaded', 'Compile all parts with -fPIC.'),
  'elf-writable-code': error(
    'a segment that can be written and run',
    'Link with -Wl,-z,separate-code, without a linker script that joins both.',
  ),
  'elf-not-stripped': error(
    'a program or library with debug information or a symbol table, a kernel module with debug information',
    'Let %__os_install_post strip it: a file that is linked, in %{buildroot}, that its owner may write.',
  ),
  'elf-no-stack-protector': warning(
    'of the programs of a package that link the C library none has a stack protector',
    'Use %{build_cflags}.',
  ),
  'elf-not-fortified': warning(
    'calls functions that _FORTIFY_SOURCE checks, and none of them checked',
    'Use %{build_cflags}, with optimisation.',
  ),
  'elf-no-cet': warning(
    'no code that indirect branch tracking (IBT) lets run',
    'Use %{build_cflags}: -fcf-protection.',
  ),
  'exception-invalid': error(
    'an exception without a rule, a subject or a reason',
    "Write '# lint: RULE SUBJECT - reason'.",
  ),
  'exception-unused': error('an exception for which there is nothing to except', 'Remove the line.'),
} as const satisfies Readonly<Record<string, Rule>>;

export type RuleId = keyof typeof RULES;
