import type { ComparedPackage } from './difference.ts';
import type { VerifyException } from './verify-exceptions.ts';

/** What verifying one source package gave. */
export interface VerifiedSource {
  readonly name: string;
  /**
   * `identical`: byte for byte the same; `excepted`: what differs is what the spec says; `differs`: something
   * else does too; `failed`: it did not build in the other conditions; `unbuilt`: there is no first build.
   */
  readonly verdict: 'identical' | 'excepted' | 'differs' | 'failed' | 'unbuilt';
  /** Every binary package of the two builds. */
  readonly packages: readonly ComparedPackage[];
  /** Differences that no exception covers. */
  readonly open: readonly ComparedPackage[];
  readonly exceptions: readonly VerifyException[];
  /** Exceptions that cover nothing: an error of the spec. */
  readonly unused: readonly VerifyException[];
  /** Path of the spec, relative to the specs folder. */
  readonly spec: string;
  /** What was otherwise in the second build. */
  readonly varied: readonly string[];
  /** Log of the second build, when it failed; what failed. */
  readonly failure: { readonly message: string; readonly log: string } | undefined;
  /** Where the packages of the second build are, when something differs. */
  readonly second: string | undefined;
}

/** What a whole run of `verify` gave. */
export interface Verification {
  /** Sorted by name. */
  readonly sources: readonly VerifiedSource[];
  readonly count: { readonly sources: number; readonly packages: number };
  readonly identical: { readonly sources: number; readonly packages: number };
  /** Binary packages that differ only in what their specs except. */
  readonly excepted: number;
  /** Source packages that could not be built, the first or the second time: of theirs nothing is counted. */
  readonly unbuilt: number;
}

/** Counts what is byte-identical; a source package is when all its packages are. */
export function summarizeVerification(sources: readonly VerifiedSource[]): Verification {
  const packages = sources.flatMap((source) => source.packages);
  return {
    sources,
    count: { sources: sources.length, packages: packages.length },
    identical: {
      sources: sources.filter(({ verdict }) => verdict === 'identical').length,
      packages: packages.filter(({ identical }) => identical).length,
    },
    excepted: sources.flatMap((source) => source.packages.filter((one) => isExcepted(one, source))).length,
    unbuilt: sources.filter(({ verdict }) => verdict === 'unbuilt' || verdict === 'failed').length,
  };
}

function isExcepted({ nevra, identical }: ComparedPackage, { open }: VerifiedSource): boolean {
  return !identical && open.every((one) => one.nevra !== nevra);
}
