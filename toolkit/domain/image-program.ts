import type { Sha256 } from './digest.ts';
import type { Bind } from './ports.ts';

/** The toolkit's own programs, as sandboxes run them. */
export interface ToolkitProgram {
  /** Absolute path of a Node binary that runs TypeScript. */
  readonly node: string;
  /** Absolute path of the folder `toolkit/`. */
  readonly toolkit: string;
  /** Digest of Node and of the toolkit's files: they are a part of what they make. */
  readonly key: Sha256;
  /** What documents name it by, where that is not the key. */
  readonly toldAs?: Sha256;
}

const PLACE = '/run/distrokit';

/** Binds that make the toolkit's programs runnable in a sandbox, and how to call one (path below `toolkit/`). */
export function programInSandbox(
  program: ToolkitProgram,
  path: string,
): { readonly argv: readonly [string, ...string[]]; readonly binds: readonly Bind[] } {
  return {
    argv: [`${PLACE}/node`, '--disable-warning=ExperimentalWarning', `${PLACE}/toolkit/${path}`],
    binds: [
      { source: program.node, target: `${PLACE}/node`, writable: false },
      { source: program.toolkit, target: `${PLACE}/toolkit`, writable: false },
    ],
  };
}
