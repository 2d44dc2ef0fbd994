/** A program that `host/tree/steps.ts` runs in a sandbox. */
export interface Step {
  readonly argv: readonly [string, ...string[]];
  /** File that is its standard input; nothing otherwise. */
  readonly stdin?: string;
  /** File that its standard output goes to. */
  readonly stdout?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Programs to run one after another; the first that fails is the last. */
export interface StepsJob {
  readonly cwd: string;
  readonly steps: readonly Step[];
}
