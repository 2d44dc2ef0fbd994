import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { graphDocument } from '../../toolkit/domain/answers/document.ts';
import { graphHtml } from '../../toolkit/report/graph/html.ts';
import { canBrowse, openBrowser, type TestBrowser } from '../support/browser.ts';
import { HOSTILE, largeGraph } from '../support/large-graph.ts';

/** With what the generator makes of each spec, 12,000 nodes and 40,000 dependencies. */
const SPECS = 3_000;

describe.runIf(await canBrowse())('the page of a large graph', () => {
  let folder: string;
  let url: string;
  let browser: TestBrowser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'graph-page-'));
    const graph = largeGraph(SPECS);
    const states = new Map(
      [...graph.builds.keys()].map((id, at) => [id, at % 2 === 0 ? 'build' : 'reuse'] as const),
    );
    const document = graphDocument(graph, { goal: 'everything', states });
    expect(document.nodes.length).toBeGreaterThan(12_000);
    expect(document.edges.length).toBeGreaterThan(40_000);
    await writeFile(join(folder, 'graph.html'), await graphHtml(document));
    url = `file://${folder}/graph.html`;
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  afterEach(() => {
    expect(browser.faults).toEqual([]);
  });

  async function searchFor(page: Page, name: string): Promise<void> {
    await page.keyboard.press('/');
    await page.keyboard.type(name);
    await page.keyboard.press('Enter');
  }

  const names = (page: Page) => page.locator('.node .name').allTextContents();

  it('begins with how much there is of what', async () => {
    const page = await browser.open(url);
    const states = await page.locator('.states button').allTextContents();
    expect(states).toEqual([
      expect.stringMatching(/^to be built/),
      expect.stringMatching(/^built already/),
      'prebuilt, from a package server1',
      'from the seed root1',
      expect.stringMatching(/^nobody provides it/),
      'spec could not be read1',
    ]);
    await page.getByRole('button', { name: /spec could not be read/ }).click();
    await page.getByRole('button', { name: /^broken/ }).click();
    expect(await page.locator('#panel').textContent()).toContain('broken.spec:7: no %endif');
  });

  it('suggests names as one types, and shows the chosen one with its details', async () => {
    const page = await browser.open(url);
    await page.locator('#search').fill('pkg-2999');
    const options = page.getByRole('option');
    expect(await options.count()).toBe(4);
    expect(await options.first().textContent()).toMatch(/^pkg-2999source package/);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const panel = page.locator('#panel');
    expect(await panel.locator('h2').textContent()).toBe('pkg-2999-libs');
    for (const text of [
      'pkg-2999-libs-1-1.x86_64',
      'pkg-2999/pkg-2999.spec',
      'Requires (2)',
      'Needed by (2)',
    ]) {
      expect(await panel.textContent()).toContain(text);
    }
    expect(await options.count()).toBe(0);
    await page.locator('#search').fill('no such thing');
    expect(await page.locator('#options').textContent()).toBe('Nothing is called so.');
  });

  it('opens what a node needs and who needs it, by pointer and by key', async () => {
    const page = await browser.open(url);
    await searchFor(page, 'gcc');
    // 3,000 need it: only some are drawn at once.
    expect(await page.locator('.node').count()).toBe(11);
    await page.locator('.more').click();
    expect(await page.locator('.node').count()).toBe(31);
    await page.locator('.node.selected .handle.users').click();
    expect(await page.locator('.node').count()).toBe(1);

    await searchFor(page, 'pkg-2998');
    const before = await names(page);
    expect(before).toEqual(expect.arrayContaining(['pkg-2998', 'pkg-2998-devel', 'pkg-2998-libs', 'gcc']));
    await page.keyboard.press('ArrowRight');
    const selected = await page.locator('.node.selected .name').textContent();
    await page.keyboard.press('Enter');
    const after = await names(page);
    expect(after.length).toBeGreaterThan(before.length);
    expect(after).toContain(selected!.replace('-devel', '-libs'));
    await page.keyboard.press('Enter');
    expect(await names(page)).toEqual(before);
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('.node.selected .name').textContent()).toBe('pkg-2998');
  });

  it('follows a requirement from the details to who provides it', async () => {
    const page = await browser.open(url);
    await searchFor(page, 'ring-b');
    await page.locator('#panel').getByRole('button', { name: /cmake/ }).click();
    expect(await page.locator('#panel h2').textContent()).toBe('cmake');
    expect(await page.locator('#panel .kind').textContent()).toBe('prebuilt, from far');
    expect(await names(page)).toContain('cmake');
  });

  it('shows a cycle as a ring', async () => {
    const page = await browser.open(url);
    await page.getByRole('button', { name: /ring-a → ring-b/ }).click();
    expect(await page.locator('.node.in-cycle').count()).toBe(4);
    expect(await page.locator('.link.cycle').count()).toBe(4);
    expect(await page.locator('.note li').allTextContents()).toEqual([
      'ring-a needs ring-b',
      'ring-b is made by ring-b/ring-b.spec',
      'ring-b needs ring-a',
      'ring-a is made by ring-a/ring-a.spec',
    ]);
  });

  it('colours nodes by their state', async () => {
    const page = await browser.open(url);
    const colours: string[] = [];
    for (const name of ['pkg-2998', 'pkg-2999', 'gcc', 'cmake', 'nobody(7)']) {
      await searchFor(page, name);
      const mark = "document.querySelector('.node.selected .mark')";
      colours.push(await page.evaluate<string>(`getComputedStyle(${mark}).fill`));
    }
    expect(new Set(colours).size).toBe(5);
  });

  it('shows to another person what its address tells, and goes back', async () => {
    const page = await browser.open(url);
    await searchFor(page, 'pkg-2998');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const other = await browser.open(page.url());
    expect(await names(other)).toEqual(await names(page));
    expect(await other.locator('#panel h2').textContent()).toBe(
      await page.locator('#panel h2').textContent(),
    );
    await page.goBack();
    await page.goBack();
    expect(await page.locator('#panel h2').textContent()).toBe('pkg-2998');
    expect((await names(page)).length).toBeLessThan((await names(other)).length);
  });

  it('takes names of packages for names', async () => {
    const page = await browser.open(url);
    await searchFor(page, 'wanting');
    const panel = await page.locator('#panel').textContent();
    for (const name of [HOSTILE[0], HOSTILE[1], HOSTILE[2], HOSTILE[4]]) expect(panel).toContain(name);
    expect(panel).not.toMatch(/[\u001b\u202e]/);
    expect(await page.evaluate('globalThis.broken')).toBeUndefined();
    expect(await page.locator('#panel img, #panel script').count()).toBe(0);
  });

  it('is light or dark as the person likes, and fits a phone', async () => {
    const ground = async (colorScheme: 'light' | 'dark') => {
      const page = await browser.open(url, { colorScheme, viewport: { width: 390, height: 844 } });
      await searchFor(page, 'pkg-1500');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
      expect(await page.locator('.node.selected').isVisible()).toBe(true);
      return await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    };
    expect(await ground('light')).not.toBe(await ground('dark'));
  });
});
