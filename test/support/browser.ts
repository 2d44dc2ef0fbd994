import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { must } from './shell.ts';

const CHROMIUM = '/usr/bin/chromium';

/** Debian's own browser asks for nothing but what the test asks for. */
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface TestBrowser extends AsyncDisposable {
  /** A page in a context of its own. Whatever it should not do is noted in `faults`. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** Errors and warnings of the console, uncaught errors, and requests for anything but the file itself. */
  readonly faults: readonly string[];
}

/** Starts Debian's chromium; installs it where it is missing, which takes root. */
export async function openBrowser(): Promise<TestBrowser> {
  await ensureChromium();
  const profile = await mkdtemp(join(tmpdir(), 'browser-'));
  const browser: Browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: QUIET,
    env: { HOME: profile, PATH: '/usr/bin:/bin' },
  });
  const faults: string[] = [];
  return {
    faults,
    async open(url, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const page = await context.newPage();
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type()))
          faults.push(`${message.type()}: ${message.text()}`);
      });
      page.on('pageerror', (error) => faults.push(`uncaught: ${error.message}`));
      page.on('request', (request) => {
        if (request.url() !== url.split('#')[0]) faults.push(`request: ${request.url()}`);
      });
      await page.goto(url);
      return page;
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Whether the browser is there, or can be installed. */
export async function canBrowse(): Promise<boolean> {
  return process.getuid?.() === 0 || (await isThere());
}

async function isThere(): Promise<boolean> {
  return await access(CHROMIUM).then(
    () => true,
    () => false,
  );
}

async function ensureChromium(): Promise<void> {
  if (await isThere()) return;
  await must(['apt-get', '-o', 'DPkg::Lock::Timeout=300', 'update', '-qq']);
  await must(
    [
      'apt-get',
      '-o',
      'DPkg::Lock::Timeout=300',
      'install',
      '-y',
      '-qq',
      '--no-install-recommends',
      'chromium',
    ],
    { env: { DEBIAN_FRONTEND: 'noninteractive' } },
  );
}
