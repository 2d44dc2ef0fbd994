import { describe, expect, it } from 'vitest';
import { compareImages, type FileFacts, type ImageFacts } from '../../toolkit/domain/image-difference.ts';
import { paint } from '../../toolkit/report/answers/text.ts';
import { imageDifferenceText } from '../../toolkit/report/image-difference.ts';

const FILE = { type: 'file', mode: '0644', owner: '0:0', size: '10', content: 'aa', time: '2024' };

function image(changes: {
  packages?: Record<string, string>;
  files?: Record<string, FileFacts>;
  commandLine?: string;
  artifacts?: ImageFacts['artifacts'];
}): ImageFacts {
  const { packages = {}, files = {}, commandLine = 'quiet', artifacts = [] } = changes;
  return {
    packages: Object.entries(packages).map(([nevra, sha256]) => ({ nevra, sha256 })),
    files: new Map(Object.entries(files)),
    commandLine,
    artifacts,
  };
}

describe('compareImages', () => {
  it('finds nothing in the same image', () => {
    const one = image({ packages: { 'a-1-1.x': '1' }, files: { '/a': FILE } });
    expect(compareImages(one, one).same).toBe(true);
    expect(imageDifferenceText(compareImages(one, one), paint(false))).toBe('the images are the same\n');
  });

  it('tells packages that came, went, changed and were rebuilt', () => {
    const before = image({
      packages: { 'gone-1-1.x': '1', 'a-b-1-1.x': '1', 'same-1-1.x': '1', 'again-1-1.x': '1' },
    });
    const after = image({
      packages: { 'new-1-1.x': '1', 'a-b-2:2-1.x': '1', 'same-1-1.x': '1', 'again-1-1.x': '2' },
    });
    const { packages, same } = compareImages(before, after);
    expect(same).toBe(false);
    expect(packages).toEqual({
      added: ['new-1-1.x'],
      removed: ['gone-1-1.x'],
      changed: [{ name: 'a-b', from: '1-1.x', to: '2:2-1.x' }],
      rebuilt: ['again-1-1.x'],
    });
  });

  it('does not guess which of several versions became which', () => {
    const { packages } = compareImages(
      image({ packages: { 'k-1-1.x': '1', 'k-2-1.x': '1' } }),
      image({ packages: { 'k-3-1.x': '1' } }),
    );
    expect(packages.changed).toEqual([]);
    expect(packages.added).toEqual(['k-3-1.x']);
    expect(packages.removed).toEqual(['k-1-1.x', 'k-2-1.x']);
  });

  it.each<[string, FileFacts, FileFacts]>([
    ['mode', FILE, { ...FILE, mode: '0600' }],
    ['owner', FILE, { ...FILE, owner: '0:5' }],
    ['size', FILE, { ...FILE, size: '11' }],
    ['content', FILE, { ...FILE, content: 'bb' }],
    ['security.selinux', FILE, { ...FILE, 'security.selinux': 'AAAA' }],
    ['security.capability', { ...FILE, 'security.capability': 'AAAA' }, FILE],
  ])('tells of a file another %s', (field, from, to) => {
    const { files } = compareImages(image({ files: { '/a': from } }), image({ files: { '/a': to } }));
    expect(files.changed.map(({ changes }) => changes.map((one) => one.field))).toEqual([[field]]);
  });

  it('lists files that only have another time apart', () => {
    const { files, same } = compareImages(
      image({ files: { '/a': FILE } }),
      image({ files: { '/a': { ...FILE, time: '2025' } } }),
    );
    expect([files.changed, files.times, same]).toEqual([[], ['/a'], false]);
  });

  it('does not call images the same whose disks are not', () => {
    const raw = (sha256: string) => image({ artifacts: [{ name: 'raw', size: 5, sha256 }] });
    expect(compareImages(raw('1'), raw('2'))).toMatchObject({
      same: false,
      artifacts: { changed: [{ name: 'raw', from: 5, to: 5 }] },
    });
  });
});

describe('imageDifferenceText', () => {
  it('says one thing a line, without what a terminal obeys', () => {
    const before = image({ packages: { 'a-1-1.x': '1' }, files: { '/a': FILE, '/gone': FILE } });
    const after = image({
      packages: { 'a-2-1.x': '1' },
      files: {
        '/a': { ...FILE, mode: '4755', content: 'bb' },
        '/l\u001b[1m': { type: 'symlink', target: 'x' },
      },
      commandLine: 'quiet debug',
      artifacts: [{ name: 'raw', size: 1048576, sha256: '1' }],
    });
    const text = imageDifferenceText(compareImages(before, after), paint(false));
    expect(text).not.toContain('\u001b');
    expect(text).toContain('  * a 1-1.x -> 2-1.x\n');
    expect(text).toContain('  - /gone: file 0644 0:0, 10 bytes\n');
    expect(text).toContain('  * /a: mode 0644 / 4755, content\n');
    expect(text).toContain('kernel command line\n  - quiet\n  + quiet debug\n');
    expect(text).toContain('  raw only of the second\n');
  });
});
