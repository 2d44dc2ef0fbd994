import { buildError } from '../../domain/errors.ts';
import type { FileXattr } from './types.ts';

/** Files that set extended attributes by debugfs: its commands (latin1), and each different value once (base64). */
export interface DebugfsScript {
  readonly commands: string;
  readonly values: readonly { readonly name: string; readonly base64: string }[];
}

/**
 * Commands for `debugfs -w -f`, with the value files in `folder`. Throws `XATTR_PATH` for a path that debugfs
 * cannot be told.
 */
export function debugfsXattrs(xattrs: readonly FileXattr[], folder: string): DebugfsScript {
  const names = new Map<string, string>();
  const commands = xattrs.map(({ path, name, value }) => {
    if (/[\n\r]/.test(path)) {
      throw buildError(
        'XATTR_PATH',
        `/${JSON.stringify(path)}: an extended attribute of a file with a line break`,
      );
    }
    const file = names.get(value) ?? `xattr-${names.size}`;
    names.set(value, file);
    return `ea_set -f ${folder}/${file} ${quoted(`/${path}`)} ${quoted(name)}\n`;
  });
  const values = [...names].map(([base64, name]) => ({ name, base64 }));
  return { commands: commands.join(''), values };
}

/** Source: libss, parse.c: a quote in quotes is doubled. */
function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
