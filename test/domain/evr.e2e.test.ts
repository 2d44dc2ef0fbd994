import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseCapability, satisfies } from '../../toolkit/domain/capability.ts';
import { rpmvercmp } from '../../toolkit/domain/evr.ts';
import type { Host } from '../../toolkit/host/host.ts';
import { sharedFolder } from '../host/scanner/real-host.ts';
import { openTestHost } from '../support/host.ts';

const signal = new AbortController().signal;
const COUNT = 20_000;

/** rpm's own answer to `name op evr|name op evr` lines. */
const OVERLAP = `#include <stdio.h>
#include <string.h>
#include <rpm/rpmds.h>
#include <rpm/rpmtag.h>
static rpmds parse(char *text) {
  char name[99], op[9], evr[99];
  rpmsenseFlags flags = 0;
  sscanf(text, "%98s %8s %98s", name, op, evr);
  for (char *c = op; *c; c++) flags |= *c == '<' ? RPMSENSE_LESS : *c == '>' ? RPMSENSE_GREATER : RPMSENSE_EQUAL;
  return rpmdsSingle(RPMTAG_REQUIRENAME, name, evr, flags);
}
int main(void) {
  char line[999];
  while (fgets(line, sizeof line, stdin)) {
    char *second = strchr(line, '|');
    *second++ = 0;
    printf("%d\\n", rpmdsCompare(parse(line), parse(second)));
  }
  return 0;
}
`;

let seed = 20_261_120;
function random(limit: number): number {
  seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
  return Math.floor((seed / 2_147_483_648) * limit);
}

/** Versions near enough to each other that all rules are met. */
function randomVersion(): string {
  const parts = ['0', '1', '01', '10', 'a', 'b', 'rc', 'A', '.', '.', '_', '+', '~', '^', '2'];
  return Array.from({ length: 1 + random(5) }, () => parts[random(parts.length)]).join('');
}

function randomEvr(): string {
  const epoch = ['', '', '', '0:', '1:'][random(5)];
  const version = ['1', '1.0', '2', '1~a', '1^a'][random(5)];
  return `${epoch}${version}${['', '', '-1', '-2'][random(4)]}`;
}

describe('versions, compared with rpm itself', () => {
  let host: Host;
  let folder: string;
  beforeAll(async () => {
    host = await openTestHost();
    folder = await sharedFolder('pairs-');
  });
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await host?.[Symbol.asyncDispose]();
  });

  async function ask(
    lines: readonly string[],
    argv: readonly [string, ...string[]],
  ): Promise<readonly string[]> {
    const source = join(folder, 'pairs');
    await writeFile(source, `${lines.join('\n')}\n`);
    await writeFile(join(folder, 'overlap.c'), OVERLAP);
    const worker = await host.roots.base('worker', signal);
    const binds = [{ source: folder, target: '/build/pairs', writable: false }];
    const result = await host.roots.run(worker, { argv, binds }, signal);
    expect(result.exitCode, result.stderr).toBe(0);
    return result.stdout.trim().split('\n');
  }

  it('are put in the order of rpm.vercmp', async () => {
    const pairs = Array.from({ length: COUNT }, () => [randomVersion(), randomVersion()] as const);
    const script = `%{lua: for line in io.lines('/build/pairs/pairs') do
      local a, b = line:match('^(.*) (.*)$') print(rpm.vercmp(a, b) .. '\\n') end}`;
    const answers = await ask(
      pairs.map(([a, b]) => `${a} ${b}`),
      ['rpm', '--eval', script],
    );
    const orders = answers.filter((line) => line !== '').map(Number);
    expect(orders).toHaveLength(COUNT);
    expect(new Set(orders)).toEqual(new Set([-1, 0, 1]));
    const wrong = pairs.filter(([a, b], at) => rpmvercmp(a, b) !== orders[at]);
    expect(wrong).toEqual([]);
  });

  it('overlap where rpmdsCompare says so', async () => {
    const operators = ['<', '<=', '=', '>=', '>'];
    const one = () => `a ${operators[random(5)]} ${randomEvr()}`;
    const pairs = Array.from({ length: COUNT }, () => [one(), one()] as const);
    const script =
      'gcc -o /tmp/overlap /build/pairs/overlap.c $(pkg-config --cflags --libs rpm) && /tmp/overlap </build/pairs/pairs';
    const answers = await ask(
      pairs.map((pair) => pair.join('|')),
      ['/bin/bash', '-c', script],
    );
    expect(answers).toHaveLength(COUNT);
    const wrong = pairs.filter(
      ([a, b], at) => satisfies(parseCapability(a), parseCapability(b)) !== (answers[at] === '1'),
    );
    expect(wrong).toEqual([]);
  });
});
