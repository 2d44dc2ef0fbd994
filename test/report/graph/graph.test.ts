import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { graphDocument } from '../../../toolkit/domain/answers/document.ts';
import { graphDot } from '../../../toolkit/report/graph/dot.ts';
import { graphHtml } from '../../../toolkit/report/graph/html.ts';
import { pageData } from '../../../toolkit/report/graph/page-data.ts';
import { pageScript } from '../../../toolkit/report/graph/page-script.ts';
import { readPageData } from '../../../toolkit/report/graph-page/data.ts';
import { HOSTILE, largeGraph } from '../../support/large-graph.ts';

const graph = largeGraph(20);
const states = new Map([['pkg-1/pkg-1.spec', 'reuse' as const]]);
const document = graphDocument(graph, { goal: `</title>${HOSTILE[0]}`, states });

describe('the page of a graph', () => {
  it('holds every node and dependency of the graph', () => {
    const page = readPageData(pageData(document));
    expect(page.nodes).toHaveLength(document.nodes.length);
    const links = page.nodes.flatMap(({ needs }) => needs);
    const pairs = new Set(document.edges.map(({ from, to }) => `${from}\n${to}`));
    expect(links).toHaveLength(pairs.size);
    const node = page.byId.get('pkg-1/pkg-1.spec#pkg-1-devel')!;
    expect(node).toMatchObject({
      kind: 'package',
      state: 'reuse',
      about: '1-1.x86_64',
      spec: 'pkg-1/pkg-1.spec',
    });
    expect(node.needs.map(({ to, texts, isMadeBy }) => [to.id, texts, isMadeBy])).toEqual([
      ['pkg-1/pkg-1.spec', [], true],
      ['pkg-1/pkg-1.spec#pkg-1-libs', ['pkg-1-libs = 1-1'], false],
    ]);
    expect(page.cycles.map(({ nodes }) => nodes.length)).toEqual([4]);
  });

  it('loads nothing, and lets no script run but its own', async () => {
    const html = await graphHtml(document);
    expect(html).toContain("default-src 'none'");
    expect(html.match(/<script/g)).toHaveLength(2);
    expect(html.match(/<\/script/g)).toHaveLength(2);
    expect(html.match(/<\/title/g)).toHaveLength(1);
    expect(html).not.toMatch(/(?:src|href)="(?!data:,")/);
    expect(html).not.toContain('<img');
    expect(html).not.toMatch(/<!--\w+-->/);
  });

  it('shows no control characters', () => {
    const text = JSON.stringify(pageData(document));
    expect(text).not.toMatch(/\\u00[01]|\u202e/);
    expect(text).toContain('evil');
  });
});

describe('the graph in dot', () => {
  it('quotes every name, so that none of them is more than a name', () => {
    const dot = graphDot(document);
    expect(dot).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    const strings = /"(?:[^"\\]|\\.)*"/g;
    const rest = dot.replace(strings, 'S');
    expect(
      rest
        .split('\n')
        .slice(3, -2)
        .every((line) => /^ {2}S(?: -> S)?(?: \[(?:[a-z]+=(?:S|\w+) ?)+\])?;$/.test(line)),
    ).toBe(true);
    expect(dot).toContain('"\\"];evil[label=\\"x');
    expect(dot).toContain('color=deeppink3');
  });
});

describe('the script of a page', () => {
  async function bundle(files: Readonly<Record<string, string>>): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'page-'));
    try {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      return await pageScript(join(folder, 'main.ts'));
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  it('is its modules in one, each in its own scope, without types', async () => {
    const script = await bundle({
      'main.ts':
        "import { twice as double } from './a.ts';\nimport type { T } from './a.ts';\nconst own: T = 4;\nout.push(double(own));\n",
      'a.ts':
        "import { own } from './b.ts';\nexport type T = number;\nexport function twice(x: T): T {\n  return x * own;\n}\n",
      'b.ts': 'export const own = 2;\n',
    });
    const out: number[] = [];
    runInNewContext(script, { out });
    expect(out).toEqual([8]);
  });

  it.each([["import x from 'somewhere';\n"], ["export * from './a.ts';\n"], ['export default 1;\n']])(
    'refuses what it cannot put in: %j',
    async (text) => {
      await expect(bundle({ 'main.ts': text, 'a.ts': '' })).rejects.toThrow('cannot hold');
    },
  );
});
