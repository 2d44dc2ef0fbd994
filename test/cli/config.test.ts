import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Run, run } from '../support/shell.ts';
import { textFolders } from '../support/text-folder.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const folderOf = textFolders();

async function distrokit(...words: readonly string[]): Promise<Run> {
  return await run([`${CHECKOUT}/toolkit/distrokit`, ...words]);
}

async function configFile(text: string): Promise<string> {
  return join(await folderOf({ 'a.yaml': text }), 'a.yaml');
}

describe('distrokit validate', () => {
  it('says that a configuration is valid, and what of it is not made yet', async () => {
    const file = await configFile('version: "1"\npackages: [a]\ndisk: {grubMkconfig: true}\n');
    const { code, stdout } = await distrokit('validate', '--no-packages', file);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /a\.yaml is valid: 1 packages, nobody was asked for them\nmake image would refuse:\n/,
    );
    expect(stdout).toContain('a.yaml:3:22: disk.grubMkconfig: true is not made yet\n');
  });

  it('ends with 2 and every problem', async () => {
    const file = await configFile('verzion: "1"\npackages: a\n');
    const { code, stderr } = await distrokit('validate', '--no-packages', file);
    expect(code).toBe(2);
    expect(stderr).toContain("a.yaml:1:1: unknown key 'verzion'; did you mean 'version'?");
    expect(stderr).toContain('a.yaml:2:11: a list is wanted');
  });
});

describe('distrokit config show', () => {
  it('prints YAML, or JSON', async () => {
    const file = await configFile(`extends: ${CHECKOUT}/configs/container.yaml\npackages: [more]\n`);
    const yaml = parse((await distrokit('config', 'show', file)).stdout);
    expect(yaml).toMatchObject({ name: 'a', formats: ['oci', 'tar.gz'] });
    expect(yaml.packages).toEqual(expect.arrayContaining(['busybox', 'more']));
    expect(JSON.parse((await distrokit('config', 'show', file, '--json')).stdout)).toEqual(yaml);
  });
});
