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

/** The target as part of an action's key. */
export function targetKey(target: Target): {
  readonly arch: string;
  readonly distTag: string;
  readonly macros: readonly (readonly [string, string])[];
  readonly rpmVersion: string;
} {
  return {
    arch: target.arch,
    distTag: target.distTag,
    macros: target.macros.map(({ name, body }) => [name, body] as const),
    rpmVersion: target.rpmVersion,
  };
}

/**
 * The target as arguments of rpm's programs. Throws plain Error on a body with a line break, which rpm
 * would read as the end of the definition.
 */
export function targetDefines(target: Target): string[] {
  const macros = [{ name: 'dist', body: target.distTag }, ...target.macros];
  return macros.flatMap(({ name, body }) => {
    if (/[\n\r]/.test(body)) throw new Error(`macro ${name} has a line break`);
    return ['--define', `${name} ${body}`];
  });
}
