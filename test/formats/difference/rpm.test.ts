import { describe, expect, it } from 'vitest';
import { compareRpms } from '../../../toolkit/formats/difference/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { makeRpm, type TagValue } from '../support/rpm.ts';

interface FileSpec {
  readonly path?: string;
  readonly text?: string;
  readonly mode?: number;
  readonly mtime?: number;
  readonly compressor?: string;
  /** Whether the second file is a hard link of the first, which alone has bytes in the payload. */
  readonly linked?: boolean;
}

function rpm(file: FileSpec = {}, tags: readonly (readonly [number, TagValue])[] = [], order = 0): Buffer {
  const {
    path = 'f',
    text = 'one',
    mode = 0o100644,
    mtime = 0,
    compressor = 'identity',
    linked = false,
  } = file;
  const digest = Buffer.from(text).toString('hex');
  const entries: [number, TagValue][] = [
    [1000, { string: 'x' }],
    [1001, { string: '1' }],
    [1002, { string: '1' }],
    [1022, { string: 'noarch' }],
    [1028, { int32: [text.length, linked ? text.length : 0] }],
    [1030, { int16: [mode, 0o100644] }],
    [1034, { int32: [mtime, 0] }],
    [1035, { strings: [digest, linked ? digest : ''] }],
    [1036, { strings: ['', ''] }],
    [1039, { strings: ['root', 'root'] }],
    [1040, { strings: ['root', 'root'] }],
    [1044, { string: 'x.src.rpm' }],
    [1096, { int32: linked ? [5, 5] : [5, 6] }],
    [1116, { int32: [0, 0] }],
    [1117, { strings: [path, 'z'] }],
    [1118, { strings: ['/usr/'] }],
    [1125, { string: compressor }],
    ...tags.map((one): [number, TagValue] => [...one]),
  ];
  const members = [cpio(`./usr/${path}`, text, mode, mtime), cpio('./usr/z', '', 0o100644, 0)];
  if (order !== 0) members.reverse();
  const whole = makeRpm(entries);
  // What makeRpm puts there stands for a payload.
  return Buffer.concat([whole.subarray(0, -'payload'.length), ...members, cpio('TRAILER!!!', '', 0, 0)]);
}

function cpio(name: string, text: string, mode: number, mtime: number): Buffer {
  const fields = [1, mode, 0, 0, 1, mtime, text.length, 0, 0, 0, 0, name.length + 1, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`;
  const padded = (bytes: string) => bytes.padEnd(Math.ceil(bytes.length / 4) * 4, '\0');
  return Buffer.from(padded(header) + padded(text), 'latin1');
}

const compare = (a: Buffer, b: Buffer) => compareRpms(memorySource(a), memorySource(b));

describe('compareRpms', () => {
  it('names a file whose content differs, and the place in it', async () => {
    expect(await compare(rpm(), rpm({ text: 'two' }))).toEqual([
      { what: 'file', name: '/usr/f', member: '', detail: 'line 1: "one" / "two"' },
    ]);
  });

  it('names mode and time of a file', async () => {
    expect(await compare(rpm(), rpm({ mode: 0o100600, mtime: 60 }))).toEqual([
      { what: 'file', name: '/usr/f', member: '', detail: 'mode 100644 / 100600' },
      { what: 'file', name: '/usr/f', member: '', detail: 'time none / 1970-01-01T00:01:00Z' },
    ]);
  });

  it('names a file that only one has', async () => {
    const found = await compare(rpm(), rpm({ path: 'g' }));
    expect(found.map(({ name, detail }) => [name, detail])).toEqual([
      ['/usr/f', 'only in the first build'],
      ['/usr/g', 'only in the second build'],
    ]);
  });

  it('names tags of the header as rpm does', async () => {
    const host = (name: string) => rpm({}, [[1007, { string: name }]]);
    expect(await compare(host('a'), host('b'))).toEqual([
      { what: 'tag', name: 'BUILDHOST', member: '', detail: '"a" / "b"' },
    ]);
  });

  it('names the order of the payload when nothing else differs', async () => {
    const [found, ...others] = await compare(rpm(), rpm({}, [], 1));
    expect(found).toMatchObject({ what: 'payload', name: 'cpio' });
    expect(found?.detail).toContain('./usr/z');
    expect(others).toEqual([]);
  });

  it('finds the content of hard links, of which one has it', async () => {
    const found = await compare(rpm({ linked: true }), rpm({ linked: true, text: 'two' }));
    expect(found.map(({ name, detail }) => [name, detail])).toEqual([
      ['/usr/f', 'line 1: "one" / "two"'],
      ['/usr/z', 'line 1: "one" / "two"'],
    ]);
  });

  it('says that a payload which it cannot read differs', async () => {
    const [a, b] = ['one', 'two'].map((text) => rpm({ text, compressor: 'xz' }));
    expect(await compare(a!, b!)).toEqual([
      { what: 'file', name: '/usr/f', member: '', detail: 'its content, which cannot be looked into' },
    ]);
  });

  it('refuses a file that is cut short', async () => {
    await expect(compare(rpm(), rpm().subarray(0, 300))).rejects.toMatchObject({ code: 'RPM_TRUNCATED' });
  });
});
