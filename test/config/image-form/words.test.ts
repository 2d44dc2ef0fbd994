import { describe, expect, it } from 'vitest';
import { imageFolder, imagePath } from '../../../toolkit/config/image-form/words.ts';

const LONGEST = 'ä'.repeat(127);

describe('a path in the image', () => {
  it.each(['/etc', '/etc/hosts', '/srv/.config/a..b', `/srv/${LONGEST}x`])('may be %s', (path) => {
    expect(imagePath.safeParse(path).success).toBe(true);
    expect(imageFolder.safeParse(path).success).toBe(true);
  });

  it('is the root only where a folder is meant', () => {
    expect(imagePath.safeParse('/').success).toBe(false);
    expect(imageFolder.safeParse('/').success).toBe(true);
  });

  it.each(['', 'etc', '/etc/', '/etc//hosts', '/etc/.', '/etc/../var'])(
    'is absolute, without detours: not %j',
    (path) => {
      for (const form of [imagePath, imageFolder]) {
        const issues = form.safeParse(path).error?.issues ?? [];
        expect(issues.map(({ message }) => message)).toEqual(['an absolute path without . or .. is wanted']);
      }
    },
  );

  it.each([`/${LONGEST}xx`, `/srv/${'x'.repeat(256)}/below`, '/srv/a\0b'])(
    'has no name that a file cannot have (%#)',
    (path) => {
      for (const form of [imagePath, imageFolder]) {
        const issues = form.safeParse(path).error?.issues ?? [];
        expect(issues.map(({ message }) => message)).toEqual([
          'the name of a file has at most 255 bytes, none of them zero',
        ]);
      }
    },
  );
});
