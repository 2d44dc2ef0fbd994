import { readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';

const IMPORT = /^import\s+\{([^}]*)\}\s+from\s+'(\.[^']+)';$/gm;
const EXPORT = /^export (?=(?:async )?(?:function|const|let|class)\s+([\w$]+))/gm;

/**
 * The modules of a page as one classic script: types taken away, each module in a scope of its own, those
 * that it imports before it. Only named imports of its own modules and exported declarations are known:
 * throws on any other.
 */
export async function pageScript(entry: string): Promise<string> {
  const folder = dirname(entry);
  const done = new Map<string, string>();
  const add = async (path: string): Promise<void> => {
    if (done.has(path)) return;
    done.set(path, '');
    const source = stripTypeScriptTypes(await readFile(path, 'utf8'));
    for (const [, , from] of source.matchAll(IMPORT)) await add(join(dirname(path), from!));
    done.delete(path);
    done.set(path, moduleText(source, path, folder));
  };
  await add(entry);
  return `'use strict';\n${[...done.values()].join('')}`;
}

function moduleText(source: string, path: string, folder: string): string {
  const names: string[] = [];
  const body = source
    .replace(IMPORT, (_all, words: string, from: string) => {
      const taken = words
        .replace(/\s+as\s+/g, ': ')
        .replace(/\s+/g, ' ')
        .trim();
      return `const { ${taken} } = ${scopeName(join(dirname(path), from), folder)};`;
    })
    .replace(EXPORT, (_all, name: string) => {
      names.push(name);
      return '';
    })
    .replace(/^\s*\n/gm, '');
  const left = /^(?:import|export)\b.*$/m.exec(body);
  if (left !== null) throw new Error(`${path}: a page's module cannot hold: ${left[0]}`);
  return `const ${scopeName(path, folder)} = (() => {\n${body}return { ${names.join(', ')} };\n})();\n`;
}

function scopeName(path: string, folder: string): string {
  return `$${relative(folder, path).replace(/\.ts$/, '').replace(/[^\w]/g, '_')}`;
}
