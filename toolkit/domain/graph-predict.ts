import type { Capability } from './capability.ts';
import { satisfies } from './capability.ts';
import type { Candidate, IndexedPackage, ProviderIndex } from './graph-index.ts';
import { candidateOf } from './graph-index.ts';
import { matchGlobs, unbuiltNamed } from './graph-paths.ts';
import { guessPath } from './predict-path.ts';
import { guessPerl } from './predict-perl.ts';
import { type Guess, guessPkgconfig } from './predict-pkgconfig.ts';
import { type PredictionRule, parseRevealed, predictionRank, type Revealed } from './prediction.ts';
import { expectationKey } from './prediction-files.ts';

/**
 * Packages that are not built yet and may turn out to provide a capability that their specs do not state;
 * each once, by the surest rule. Where %files or sources name it, nobody else is guessed. The version that is expected is the package's own where the two go
 * together; where not, any version is expected to do.
 */
export function predictProviders(index: ProviderIndex, wanted: Capability): readonly Candidate[] {
  const revealed = parseRevealed(wanted.name);
  if (revealed === undefined) {
    return [];
  }
  const stating = new Set((index.byName.get(wanted.name) ?? []).map(({ provider }) => provider.package));
  const found = new Map<string, Candidate>();
  const add = (
    package_: IndexedPackage,
    rule: PredictionRule,
    version: IndexedPackage['evr'] | undefined,
  ): void => {
    const { package: id } = package_.provider;
    const before = found.get(id);
    if (
      stating.has(id) ||
      (before !== undefined && predictionRank(before.predicted) <= predictionRank(rule))
    ) {
      return;
    }
    const range = version === undefined ? {} : { range: { operator: '=', evr: version } as const };
    const capability = { name: wanted.name, ...range };
    if (satisfies(capability, wanted)) {
      found.set(id, candidateOf(package_, capability, rule));
    }
  };
  for (const { package: package_, rule, version } of index.expected.get(expectationKey(revealed)) ?? []) {
    add(package_, rule, version);
  }
  if (found.size > 0) {
    return [...found.values()];
  }
  for (const [package_, rule] of guess(index, revealed, wanted.name)) {
    const goesTogether = revealed.kind === 'pkgconfig' || rule === 'name';
    add(package_, rule, goesTogether ? { ...package_.evr, epoch: undefined, release: undefined } : undefined);
  }
  return [...found.values()];
}

function guess(index: ProviderIndex, { kind, subject }: Revealed, capability: string): readonly Guess[] {
  switch (kind) {
    case 'path':
      return guessPath(index, subject);
    case 'pkgconfig':
      return [...guessPkgconfig(index, subject), ...fromMetadata(index, capability)];
    case 'perl':
      return [...guessPerl(index, subject), ...fromMetadata(index, capability)];
    case 'python':
      return [...named(index, [`python3-${subject}`, subject]), ...fromMetadata(index, capability)];
    case 'rubygem':
      return [...named(index, [`rubygem-${subject}`]), ...fromMetadata(index, capability)];
    case 'cmake':
      return fromMetadata(index, capability);
    case 'soname':
      return [...guessSoname(index, subject), ...fromMetadata(index, capability)];
  }
}

function named(index: ProviderIndex, names: readonly string[]): readonly Guess[] {
  return names.flatMap((name) => unbuiltNamed(index, name).map((own): Guess => [own, 'name']));
}

/** Packages named like those of package servers that provide it. */
function fromMetadata(index: ProviderIndex, capability: string): readonly Guess[] {
  return (index.byName.get(capability) ?? []).flatMap(({ provider, name }) =>
    provider.kind === 'server'
      ? unbuiltNamed(index, name).flatMap((own): Guess[] => (own.name === name ? [[own, 'metadata']] : []))
      : [],
  );
}

function guessSoname(index: ProviderIndex, soname: string): readonly Guess[] {
  const globs = ['/usr/lib64/', '/usr/lib/', '/lib64/', '/lib/'].flatMap((folder) =>
    matchGlobs(index, `${folder}${soname}`).filter(({ entry }) =>
      /\/(?!lib[*?[{])[^/*?[{][^/]*$/.test(entry),
    ),
  );
  const stem = soname.slice(0, soname.indexOf('.so.'));
  return [
    ...globs.map((match): Guess => [match.package, 'file']),
    ...named(index, [stem, `${stem}-libs`, `${stem.replace(/^lib/, '')}-libs`]),
  ];
}
