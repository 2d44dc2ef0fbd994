import { wordName } from './prose.ts';
import type { Random } from './random.ts';
import type { SpecText, SubpackageText } from './spec-text.ts';

/** What a spec of a generated distribution is. */
export type Kind = 'library' | 'program' | 'perl' | 'python' | 'module' | 'data' | 'bundle';

export interface Member {
  readonly at: number;
  readonly kind: Kind;
  /** Of the source package. */
  readonly name: string;
}

/** Shares of a real distribution, about. */
const KINDS: readonly Kind[] = [
  ...Array.from<Kind>({ length: 32 }).fill('library'),
  ...Array.from<Kind>({ length: 28 }).fill('program'),
  ...Array.from<Kind>({ length: 16 }).fill('perl'),
  ...Array.from<Kind>({ length: 15 }).fill('python'),
  ...Array.from<Kind>({ length: 3 }).fill('module'),
  ...Array.from<Kind>({ length: 5 }).fill('data'),
  'bundle',
];

export function makeMember(at: number, random: Random): Member {
  const kind = random.pick(KINDS);
  const word = wordName(at);
  const names: Readonly<Record<Kind, string>> = {
    library: `lib${word}`,
    program: word,
    perl: `perl-${perlWord(word)}`,
    python: `python-${word}`,
    module: `kmod-${word}`,
    data: `${word}-fonts`,
    bundle: `${word}-collection`,
  };
  return { at, kind, name: names[kind] };
}

/** How another spec asks for a member when it is built, the ways that packagers have. */
export function buildRequirement(member: Member, random: Random): string {
  const word = wordName(member.at);
  switch (member.kind) {
    case 'library':
      return random.chance(0.5)
        ? `pkgconfig(${member.name}) >= 1.${random.between(0, 2)}`
        : `${member.name}-devel`;
    case 'perl':
      return `perl(${perlWord(word)}::Core)`;
    case 'python':
      return random.chance(0.5) ? `python3dist(${word})` : `python3-${word}`;
    case 'program':
      return random.chance(0.2) ? `%{_bindir}/${member.name}` : `${member.name} >= 0.9`;
    default:
      return member.name;
  }
}

/** The parts of a member's spec that its kind decides. */
export function kindText(member: Member, random: Random): Omit<SpecText, 'name' | 'version'> {
  const { name, kind } = member;
  const word = wordName(member.at);
  switch (kind) {
    case 'library':
      return {
        top: ['%global so_version %(echo %{?gen_so_version}%{!?gen_so_version:1} | cut -d. -f1)'].slice(
          random.chance(0.3) ? 0 : 1,
        ),
        preamble: [
          'BuildRequires:  gcc',
          'BuildRequires:  make',
          'Requires:       %{name}-libs%{?_isa} = %{version}-%{release}',
        ],
        subpackages: [
          sub('libs', ['Requires(post): /sbin/ldconfig'], ['%{_libdir}/%{name}.so.*']),
          sub(
            'devel',
            [
              'Requires:       %{name}-libs%{?_isa} = %{version}-%{release}',
              `Provides:       pkgconfig(${name}) = %{version}`,
              `Provides:       %{name}-static = %{version}-%{release}`,
            ],
            ['%{_includedir}/%{name}/', '%{_libdir}/%{name}.so', `%{_libdir}/pkgconfig/${name}.pc`],
          ),
        ],
        files: [`%{_bindir}/${name}-config`],
        hasCheck: random.chance(0.5),
      };
    case 'perl':
      return {
        top: ['%global perl_version %(eval "`perl -V:version`"; echo $version)'],
        preamble: [
          'BuildArch:      noarch',
          'BuildRequires:  perl-generators',
          'BuildRequires:  perl(ExtUtils::MakeMaker)',
          'Requires:       perl(:MODULE_COMPAT_%{perl_version})',
          `Provides:       perl(${perlWord(word)}::Core) = %{version}`,
          '%if 0%{?with_check}',
          'BuildRequires:  perl(Test::More) >= 0.88',
          '%endif',
        ],
        files: [`%{_datadir}/perl5/${perlWord(word)}`, '%{_mandir}/man3/*'],
        hasCheck: true,
      };
    case 'python':
      return {
        top: [`%global pypi_name ${word}`, '%bcond_without tests'],
        preamble: [
          'BuildArch:      noarch',
          'BuildRequires:  python3-devel',
          '%{?with_tests:BuildRequires:  python3dist(pytest)}',
        ],
        subpackages: [
          sub(
            '-n python3-%{pypi_name}',
            [
              'Provides:       python3dist(%{pypi_name}) = %{version}',
              'Requires:       (python3dist(typing) if python3 < 3.5)',
            ],
            ['%{gen_site}/%{pypi_name}/', '%{gen_site}/%{pypi_name}-%{version}.dist-info/'],
          ),
        ],
        files: ['%doc README.md'],
        hasGenerateBuildRequires: random.chance(0.3),
        hasCheck: true,
      };
    case 'module':
      return {
        top: [
          '%{!?gen_kernel_release: %global gen_kernel_release 0}',
          '%global kernel %{gen_kernel_version}-%{gen_kernel_release}',
        ],
        preamble: [
          'ExclusiveArch:  x86_64',
          'BuildRequires:  kernel-devel = %{kernel}',
          'Requires:       kernel = %{kernel}',
        ],
        files: ['/lib/modules/%{kernel}/extra/'],
      };
    case 'data':
      return {
        preamble: ['BuildArch:      noarch'],
        files: ['%dir %{_datadir}/%{name}', '%{_datadir}/%{name}/*'],
        script: 2,
      };
    case 'bundle':
      return {
        preamble: [],
        subpackages: Array.from({ length: random.between(30, 120) }, (_, at) =>
          sub(
            `part${at}`,
            [
              `Requires:       %{name} = %{version}-%{release}`,
              `Provides:       bundle(${word}-${at}) = ${at + 1}`,
            ],
            [`%{_datadir}/%{name}/${at}`],
          ),
        ),
        files: ['%{_datadir}/%{name}/common'],
        script: random.between(200, 900),
      };
    case 'program':
      return {
        top: random.chance(0.1) ? [`%global major %(echo 1.2.3 | cut -d. -f1,2)`] : [],
        preamble: [
          'BuildRequires:  gcc',
          'BuildRequires:  pkgconfig',
          ...(random.chance(0.05) ? ['ExclusiveArch:  aarch64'] : []),
          ...(random.chance(0.05) ? ['ExcludeArch:    s390x ppc64le'] : []),
          ...(random.chance(0.1)
            ? [`Obsoletes:      ${name}-legacy < 1.0`, `Conflicts:      ${name}-ng`]
            : []),
          ...(random.chance(0.2)
            ? ['Recommends:     %{name}-lang = %{version}-%{release}', '%gen_lang']
            : []),
        ],
        files: [
          '%attr(4755, root, root) %{_bindir}/%{name}',
          '%config(noreplace) %{_sysconfdir}/%{name}.conf',
          '%{_mandir}/man1/*',
        ],
        hasCheck: random.chance(0.5),
      };
  }
}

function sub(name: string, lines: readonly string[], files: readonly string[]): SubpackageText {
  return { name, lines, files };
}

function perlWord(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}
