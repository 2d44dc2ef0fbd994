/** What packages are built for. Part of every cache key, plan and path from the start. */
export interface Target {
  /** rpm's name of the architecture, e.g. `x86_64`. */
  readonly arch: string;
  /** Value of `%dist`, with its leading dot. */
  readonly distTag: string;
  /** Extra macro definitions, sorted by name; bodies as rpm writes them. */
  readonly macros: readonly MacroDefinition[];
  /** Version of the rpm that builds and installs, e.g. `4.20.1`. */
  readonly rpmVersion: string;
}

export interface MacroDefinition {
  readonly name: string;
  readonly body: string;
}
