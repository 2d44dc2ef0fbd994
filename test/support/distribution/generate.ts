import { buildRequirement, type Kind, kindText, type Member, makeMember } from './kinds.ts';
import { paragraph } from './prose.ts';
import { createRandom, type Random } from './random.ts';
import { specText } from './spec-text.ts';

/** What is planted in a generated distribution, by number of the spec: the first ones are cyclic. */
export const SCC_SIZE = 500;
export const BUILD_CYCLES: readonly number[] = [2, 3, 5];
export const RUN_CYCLE = 40;

export interface GeneratedDistribution {
  /** Texts by path, relative to the specs folder. */
  readonly files: ReadonlyMap<string, string>;
  /** Macros that all of its specs are written for: the text of a macro file. */
  readonly macros: string;
}

/**
 * A distribution of `count` specs (at least 600), as odd as real ones are: it has one strongly connected
 * component of SCC_SIZE specs, BUILD_CYCLES of others, RUN_CYCLE packages that require each other in a ring,
 * two specs of one name, two packages of one NEVRA and specs that need themselves. Specs take versions from
 * one another, include files, ask a shell and are written for other architectures. Pure: the same seed and
 * count give the same bytes.
 */
export function generateDistribution(seed: number, count: number): GeneratedDistribution {
  if (count < SCC_SIZE + 100) throw new Error(`${count} specs are too few`);
  const random = createRandom(seed);
  const members = Array.from({ length: count - 4 }, (_, at) => makeMember(at, random));
  const cyclic = plannedNeeds(members);
  const files = new Map<string, string>();
  for (const member of members) {
    files.set(pathOf(member.name), memberText(member, members, cyclic.get(member.at) ?? NOTHING, random));
    if (includes(member)) files.set(`${member.name}/common.inc`, '%global included 1\n');
  }
  for (const [path, text] of oddSpecs(random)) files.set(path, text);
  return { files, macros: MACROS };
}

interface Needs {
  readonly build: readonly string[];
  readonly run: readonly string[];
}
const NOTHING: Needs = { build: [], run: [] };

const MACROS = `%gen_site /usr/lib/python3.12/site-packages
%gen_so_version 3.2.1
%gen_kernel_version 6.6.119.3
%gen_kernel_release 1%{?dist}
%gen_lang %{expand:
%package lang
Summary: Translations of %{name}
BuildArch: noarch
%description lang
Translations.
%files lang
%{_datadir}/locale/*/LC_MESSAGES/%{name}.mo}
`;

function pathOf(name: string): string {
  return `${name}/${name}.spec`;
}

function includes(member: Member): boolean {
  return member.at % 97 === 11;
}

/** Who needs whom in the planted cycles. Names of main packages, which all specs make. */
function plannedNeeds(members: readonly Member[]): ReadonlyMap<number, Needs> {
  const needs = new Map<number, Needs>();
  let at = 0;
  for (const size of [SCC_SIZE, ...BUILD_CYCLES]) {
    for (let step = 0; step < size; step += 1) {
      const next = members[at + ((step + 1) % size)]!.name;
      needs.set(at + step, { build: [next], run: [] });
    }
    at += size;
  }
  for (let step = 0; step < RUN_CYCLE; step += 1) {
    const next = members[at + ((step + 1) % RUN_CYCLE)]!.name;
    needs.set(at + step, { build: [], run: [next] });
  }
  return needs;
}

/** All else is needed downwards only, from a spec to those before it: no other cycle comes of it. */
function memberText(member: Member, members: readonly Member[], needs: Needs, random: Random): string {
  const base = SCC_SIZE + BUILD_CYCLES.reduce((sum, size) => sum + size, 0) + RUN_CYCLE;
  const isPlanned = member.at < base;
  const below = isPlanned ? [] : members.slice(base, member.at).filter(isNeeded);
  const built = random.some(below, random.between(1, 12)).map((one) => buildRequirement(one, random));
  const run = random.some(below, random.between(0, 4)).map(({ name }) => name);
  const parts = kindText({ ...member, kind: isPlanned ? plannedKind(member.kind) : member.kind }, random);
  return specText(
    {
      ...parts,
      name: member.name,
      version: `${random.between(1, 9)}.${random.between(0, 40)}.${random.between(0, 9)}`,
      top: [...(includes(member) ? ['%include %{_sourcedir}/common.inc'] : []), ...(parts.top ?? [])],
      preamble: [
        ...parts.preamble,
        ...[...needs.build, ...built].map((one) => `BuildRequires:  ${one}`),
        ...[...needs.run, ...run].map((one) => `Requires:       ${one}`),
      ],
    },
    random,
  );
}

/** What stands in a planted cycle has to be for every architecture. */
function plannedKind(kind: Kind): Kind {
  return kind === 'program' || kind === 'module' ? 'data' : kind;
}

function isNeeded({ kind }: Member): boolean {
  return kind !== 'module' && kind !== 'bundle';
}

function oddSpecs(random: Random): readonly (readonly [string, string])[] {
  const kernel = {
    name: 'kernel',
    version: '%{gen_kernel_version}',
    preamble: ['Provides:       kernel-devel = %{version}-%{release}'],
    files: ['/boot/vmlinuz-*'],
  };
  const itself = {
    name: 'self-needing',
    version: '1.0',
    preamble: [
      'BuildRequires:  self-needing',
      'Requires:       self-needing = %{version}-%{release}',
      'Provides:       self-capability',
      'Requires:       self-capability',
    ],
    files: ['%{_bindir}/self'],
  };
  const twice = (version: string) => ({
    name: 'twice-named',
    version,
    preamble: [`# ${paragraph(random, 1)}`],
    subpackages: [
      {
        name: '-n one-nevra',
        lines: ['Version:        7', 'Release:        1', 'BuildArch:      noarch'],
        files: ['/usr/share/one'],
      },
    ],
    files: ['%{_bindir}/twice'],
  });
  return [
    ['kernel/kernel.spec', specText({ ...kernel, release: '1' }, random)],
    ['self-needing/self-needing.spec', specText(itself, random)],
    ['twice-named/twice-named.spec', specText(twice('1.0'), random)],
    ['twice-named-again/twice-named.spec', specText(twice('2.0'), random)],
  ];
}
