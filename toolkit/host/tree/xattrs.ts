import { execFileSync } from 'node:child_process';
import { latin1Text } from '../../domain/image-bytes.ts';
import type { TreeNode } from '../../domain/image-tree.ts';
import type { Xattr } from '../../domain/manifest.ts';

/** What the machine's own security module and file systems add; an image's labels come from its policy. */
const FOREIGN =
  /^(?:security\.(?:selinux|apparmor|ima|evm|SMACK64.*)|(?:trusted|user)\.overlay\..*|system\.nfs4_acl)$/;

/** Extended attributes of all below `top`, by path without a leading slash (latin1), each list sorted by name. */
export function readXattrs(top: string): Map<string, TreeNode['xattrs']> {
  const dump = execFileSync(
    'getfattr',
    ['--recursive', '--physical', '--no-dereference', '--dump', '--match=-', '--encoding=hex', '--', '.'],
    { cwd: top, maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return parseXattrs(latin1Text(dump));
}

/** Parses what `getfattr --dump --encoding=hex` prints for a tree that it was started in. */
export function parseXattrs(dump: string): Map<string, TreeNode['xattrs']> {
  const found = new Map<string, Xattr[]>();
  let current: Xattr[] = [];
  for (const line of dump.split('\n')) {
    const file = /^# file: (.*)$/.exec(line)?.[1];
    if (file !== undefined) {
      current = [];
      found.set(unquote(file).replace(/^\.?\/?/, ''), current);
      continue;
    }
    const equals = line.indexOf('=');
    // An empty value is printed without "=".
    const name = unquote(equals < 0 ? line : line.slice(0, equals));
    if (name === '' || FOREIGN.test(name)) continue;
    const value = equals < 0 ? new Uint8Array() : Uint8Array.from(Buffer.from(line.slice(equals + 3), 'hex'));
    current.push({ name, value });
  }
  for (const [path, list] of found) {
    if (list.length === 0) found.delete(path);
    else list.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  return found;
}

/** getfattr writes newlines, carriage returns, backslashes and "=" as `\` and three octal digits. */
function unquote(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
