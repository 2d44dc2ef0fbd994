import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compareContent } from '../../../toolkit/formats/difference/content.ts';

const at2026 = 1_767_225_600;

function gzip(text: string, time = 0): Buffer {
  const bytes = gzipSync(text);
  bytes.writeUInt32LE(time, 4);
  return bytes;
}

function ar(members: readonly (readonly [string, string, number?])[]): Buffer {
  const parts = members.map(([name, text, time = 0]) => {
    const header = `${`${name}/`.padEnd(16)}${String(time).padEnd(12)}0     0     100644  ${String(text.length).padEnd(10)}\`\n`;
    return `${header}${text}${text.length % 2 === 1 ? '\n' : ''}`;
  });
  return Buffer.from(`!<arch>\n${parts.join('')}`);
}

/** An object file with these sections and no symbols. */
function elf(sections: readonly (readonly [string, string | Buffer])[]): Buffer {
  const names = ['', ...sections.map(([name]) => name), '.shstrtab'];
  const all: readonly (readonly [string, Buffer])[] = [
    ...sections.map(([name, text]) => [name, Buffer.from(text)] as const),
    ['.shstrtab', Buffer.from(`${names.join('\0')}\0`)],
  ];
  const header = Buffer.alloc(64);
  header.write('7f454c46020101', 'hex');
  header.writeUInt16LE(1, 0x10);
  const table = [Buffer.alloc(64)];
  let offset = 64;
  for (const [name, bytes] of all) {
    const entry = Buffer.alloc(64);
    entry.writeUInt32LE(names.slice(0, names.indexOf(name)).join('\0').length + 1, 0);
    entry.writeUInt32LE(1, 4);
    entry.writeBigUInt64LE(BigInt(offset), 0x18);
    entry.writeBigUInt64LE(BigInt(bytes.length), 0x20);
    table.push(entry);
    offset += bytes.length;
  }
  header.writeBigUInt64LE(BigInt(offset), 0x28);
  header.writeUInt16LE(64, 0x3a);
  header.writeUInt16LE(table.length, 0x3c);
  header.writeUInt16LE(table.length - 1, 0x3e);
  return Buffer.concat([header, ...all.map(([, bytes]) => bytes), ...table]);
}

function pyc(time: number, code: string): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(0x0a0d0df3, 0);
  header.writeUInt32LE(time, 8);
  return Buffer.concat([header, Buffer.from(code)]);
}

function tar(name: string, time: number, owner: string): Buffer {
  const block = Buffer.alloc(512);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write(`${'0'.padStart(11, '0')}\0`, 124);
  block.write(`${time.toString(8).padStart(11, '0')}\0`, 136);
  block.write('ustar', 257);
  block.write(owner, 265);
  return Buffer.concat([block, Buffer.alloc(1024)]);
}

describe('compareContent', () => {
  it('finds nothing in equal contents', () => {
    expect(compareContent(ar([['a.o', 'x']]), ar([['a.o', 'x']]), 'lib.a')).toEqual([]);
  });

  it.each<[string, Buffer, Buffer, string, string, string]>([
    ['the line of a text', Buffer.from('one\ntwo\n'), Buffer.from('one\n2\n'), '', '', 'line 2: "two" / "2"'],
    [
      'where one text ends',
      Buffer.from('one'),
      Buffer.from('one\ntwo'),
      '',
      '',
      'line 2: end of file / "two"',
    ],
    [
      'the string in bytes that are no text',
      Buffer.from('\0\x01built on here\0'),
      Buffer.from('\0\x01built on elsewhere\0'),
      '',
      '',
      '16 / 21 bytes, at byte 11: "built on here" / "built on elsewhere"',
    ],
    ['bytes', Buffer.from('00ff01', 'hex'), Buffer.from('00ff02', 'hex'), '', '', 'at byte 2: 01 / 02'],
    [
      'the time in a gzip header',
      gzip('same'),
      gzip('same', at2026),
      '',
      '',
      'time in its header none / 2026-01-01T00:00:00Z',
    ],
    ['what gzip holds', gzip('one'), gzip('two'), '', 'uncompressed', 'line 1: "one" / "two"'],
    [
      'what zstd holds',
      zstdCompressSync('one'),
      zstdCompressSync('two'),
      '',
      'uncompressed',
      'line 1: "one" / "two"',
    ],
    [
      'the time of an ar member',
      ar([['a.o', 'x', at2026]]),
      ar([['a.o', 'x', at2026 + 60]]),
      '',
      'a.o',
      'time 2026-01-01T00:00:00Z / 2026-01-01T00:01:00Z',
    ],
    [
      'the order of ar members',
      ar([
        ['a.o', 'x'],
        ['b.o', 'y'],
      ]),
      ar([
        ['b.o', 'y'],
        ['a.o', 'x'],
      ]),
      '',
      '',
      'order of its members: "a.o" / "b.o" at place 1',
    ],
    ['an ar member that only one has', ar([['a.o', 'x']]), ar([]), '', 'a.o', 'only in the first build'],
    [
      'the section of a program',
      elf([
        ['.text', 'code'],
        ['.rodata', 'at 10:00'],
      ]),
      elf([
        ['.text', 'code'],
        ['.rodata', 'at 10:01'],
      ]),
      '',
      '.rodata',
      'line 1: "at 10:00" / "at 10:01"',
    ],
    [
      'the time of the source in compiled Python',
      pyc(at2026, 'code'),
      pyc(at2026 + 1, 'code'),
      '/usr/lib/m.pyc',
      '',
      'time of its source 2026-01-01T00:00:00Z / 2026-01-01T00:00:01Z',
    ],
    [
      'the owner in a tar archive',
      tar('f', 1, 'root'),
      tar('f', 1, 'builder'),
      '',
      'f',
      'owner 0 root / 0 builder',
    ],
  ])('names %s', (_what, a, b, path, member, detail) => {
    expect(compareContent(a, b, path)).toEqual([{ member, detail }]);
  });

  it('goes through archives in archives', () => {
    const inside = (text: string) =>
      zstdCompressSync(ar([['x.o', elf([['.comment', text]]).toString('latin1')]]));
    const [found] = compareContent(inside('made 1'), inside('made 2'), 'x.zst');
    expect(found?.member).toBe('uncompressed > x.o > .comment');
  });

  it('tells the build id of a program last', () => {
    const program = (id: string) =>
      elf([
        ['.note.gnu.build-id', id],
        ['.text', id],
      ]);
    const found = compareContent(program('one'), program('two'), 'prog');
    expect(found.map(({ member }) => member)).toEqual(['.text', '.note.gnu.build-id']);
  });

  it.each([
    ['ELF', Buffer.from('7f454c46020101', 'hex')],
    ['ar', Buffer.from('!<arch>\nnonsense')],
    ['gzip', Buffer.from('1f8b0800', 'hex')],
    ['zip', Buffer.from('504b0304', 'hex')],
    ['cpio', Buffer.from('070701zz')],
  ])('compares damaged %s as bytes', (_kind, start) => {
    const [a, b] = ['a', 'b'].map((end) => Buffer.concat([start, Buffer.alloc(100), Buffer.from(end)]));
    expect(compareContent(a!, b!, 'x')).toHaveLength(1);
  });
});
