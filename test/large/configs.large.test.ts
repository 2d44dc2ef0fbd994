import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadImageConfig } from '../../toolkit/config/image.ts';

const FOLDER = join(resolve(process.env.TREE ?? '.'), 'toolkit/imageconfigs');

describe("Azure Linux's image configurations", () => {
  it('are taken as they are, every one with all files that it names', async () => {
    const names = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) {
      const { config } = await loadImageConfig(name, FOLDER);
      expect(config.packages.length, name).toBeGreaterThan(0);
    }
  });
});
