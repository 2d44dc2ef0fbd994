import type { Sha256 } from '../../domain/digest.ts';

/** Where packages may come from. Among repositories the lowest priority number is preferred. */
type SolverRepository =
  | {
      readonly name: string;
      readonly priority: number;
      /** A folder, as the solver's root sees it, that holds repodata/. */
      readonly folder: string;
    }
  | {
      readonly name: string;
      readonly priority: number;
      /** RPM files, as the solver's root sees them. */
      readonly rpms: readonly string[];
    };

interface SolverUniverse {
  /** rpm's name of the architecture. */
  readonly arch: string;
  readonly repositories: readonly SolverRepository[];
  /** What is there already, as rpm writes provides (paths too): the seed root; empty for an image. */
  readonly installed: readonly string[];
}

/** A package to install. */
export interface TransactionStep {
  readonly repository: string;
  readonly name: string;
  readonly evr: string;
  readonly arch: string;
  /** Path below the repository's folder, or the RPM file itself. */
  readonly location: string;
  /** Undefined where the repository gives another kind of checksum: such a package cannot be verified. */
  readonly sha256: Sha256 | undefined;
  /** Bytes of the RPM file. */
  readonly size: number;
}

/** A dependency that nothing provides; who requires it, or undefined for something that was asked for. */
interface MissingCapability {
  readonly capability: string;
  readonly requiredBy: string | undefined;
}

export type SolveOutcome =
  /** In the order of installation. */
  | { readonly kind: 'solved'; readonly steps: readonly TransactionStep[] }
  | {
      readonly kind: 'unsolved';
      /** libsolv's sentences. */
      readonly problems: readonly string[];
      readonly missing: readonly MissingCapability[];
    };

interface SolveQuestion {
  /** Names, capabilities with versions, paths or rich dependencies; all have to be satisfied. */
  readonly install: readonly string[];
  /** Whether Recommends are installed; false. */
  readonly recommends?: boolean;
}

/** A running libsolv. One universe at a time; requests are answered in order. */
export interface SolverProcess extends AsyncDisposable {
  /** Replaces what is known; gives the number of packages. Throws `SOLVER_FAILED` on metadata it cannot read. */
  load(universe: SolverUniverse): Promise<number>;
  /** Throws `SOLVER_FAILED` when it cannot be asked; that there is no solution is an outcome. */
  solve(question: SolveQuestion): Promise<SolveOutcome>;
}
