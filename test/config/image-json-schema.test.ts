import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { imageJsonSchema } from '../../toolkit/config/image-json-schema.ts';

const CONFIGS = resolve(import.meta.dirname, '../../configs');

describe('configs/image.schema.json', () => {
  it('is what the toolkit checks; toolkit/distrokit config schema prints it', async () => {
    expect(JSON.parse(await readFile(`${CONFIGS}/image.schema.json`, 'utf8'))).toEqual(imageJsonSchema());
  });

  it('takes every configuration of ours, each of which names it', async () => {
    const takes = new Ajv({ strict: false }).compile(imageJsonSchema());
    const names = (await readdir(CONFIGS)).filter((name) => /^(?!.*\.packages\.).*\.yaml$/.test(name));
    expect(names.length).toBeGreaterThan(3);
    for (const name of names) {
      const text = await readFile(`${CONFIGS}/${name}`, 'utf8');
      expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=image.schema.json');
      expect(takes(parse(text)), name).toBe(true);
    }
  });

  it.each([
    ['a key that there is not', { version: '1', pakages: ['a'] }],
    ['a value that there is not', { version: '1', disk: { boot: 'uefy' } }],
    ['neither a version nor what to extend', { packages: ['a'] }],
  ])('refuses %s', (_, value) => {
    expect(new Ajv({ strict: false }).compile(imageJsonSchema())(value)).toBe(false);
  });
});
