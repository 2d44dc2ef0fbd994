import type { DistroProfile } from '../domain/distro.ts';
import type { ProviderPool } from '../domain/graph-providers.ts';
import type { ToolkitProgram } from '../domain/image-program.ts';
import type { Ports } from '../domain/ports.ts';
import type { PackageServers, Signer, Solver, SourceFinder } from '../domain/services.ts';
import type { SpecScanner } from '../domain/spec-scanner.ts';
import type { Target } from '../domain/target.ts';
import type { Settings } from './settings.ts';

/** What a run of the pipeline works with; made once by the command line. */
export interface Context {
  readonly ports: Ports;
  readonly settings: Settings;
  readonly distro: DistroProfile;
  /** The profile's, as specs are read. */
  readonly target: Target;
  readonly scanner: SpecScanner;
  readonly solver: Solver;
  readonly sources: SourceFinder;
  readonly servers: PackageServers;
  /** What the seed root of the worker provides. */
  readonly seedPool: (signal: AbortSignal) => Promise<ProviderPool>;
  /** Our own program, for the parts that run inside roots. */
  readonly program: ToolkitProgram;
  /** Where the user named a key. */
  readonly signer: Signer | undefined;
}
