import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GraphDocument } from '../../domain/answers/document.ts';
import { pageData } from './page-data.ts';
import { pageScript } from './page-script.ts';

const PAGE = join(import.meta.dirname, '../graph-page');

/**
 * The graph as one HTML file that needs nothing else: it loads nothing, and its policy lets no other script
 * run than its own. Names in it are data, never markup.
 */
export async function graphHtml(document: GraphDocument): Promise<string> {
  const [frame, style, script] = await Promise.all([
    readFile(join(PAGE, 'page.html'), 'utf8'),
    readFile(join(PAGE, 'page.css'), 'utf8'),
    pageScript(join(PAGE, 'main.ts')),
  ]);
  const data = pageData(document);
  const policy = `default-src 'none'; img-src data:; style-src ${hash(style)}; script-src ${hash(script)}; base-uri 'none'; form-action 'none'`;
  const parts: Readonly<Record<string, string>> = {
    policy: `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    title: escapeHtml(`Dependencies of ${data.goal}`),
    style: `<style>${style}</style>`,
    script: `<script>${script}</script>`,
    data: `<script type="application/json" id="data">${scriptJson(data)}</script>`,
  };
  return frame.replace(/<!--(\w+)-->/g, (_all, name: string) => parts[name]!);
}

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** JSON that no HTML parser takes for markup. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
