import { describe, expect, it } from 'vitest';
import { readRpmFiles, readRpmHeader, splitEvr } from '../../../toolkit/formats/rpm/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { makeRpm, type TagValue } from '../support/rpm.ts';

const EQ = 8;
const PRE = 1 << 9;
const RPMLIB = 1 << 24;

const TAGS: readonly (readonly [number, TagValue])[] = [
  [1000, { string: 'caf\u00e9' }],
  [1001, { string: '1.0' }],
  [1002, { string: '2.dk1' }],
  [1003, { int32: [3] }],
  [1022, { string: 'x86_64' }],
  [1030, { int16: [0o040755, 0o100644, 0o100600, 0o020620] }],
  [1033, { int16: [0, 0, 0, 0x0501] }],
  [1034, { int32: [1, 2, 3, 4] }],
  [1035, { strings: ['', 'aa', '', ''] }],
  [1036, { strings: ['', '', '', ''] }],
  [1037, { int32: [0, 0, 64, 0] }],
  [1039, { strings: ['root', 'root', 'root', 'root'] }],
  [1040, { strings: ['root', 'tty', 'root', 'tty'] }],
  [1044, { string: 'cafe-1.0-2.dk1.src.rpm' }],
  [1048, { int32: [EQ | PRE, EQ, EQ | RPMLIB, 0, 0, PRE] }],
  [1049, { strings: ['a', 'a', 'rpmlib(X)', '(b if c)', '(b if c)', 'd'] }],
  [1050, { strings: ['1:2-3', '1:2-3', '4', '', '', ''] }],
  [1116, { int32: [0, 1, 1, 0] }],
  [1117, { strings: ['d', Buffer.from([0x66, 0xff]), 'ghost', 'tty'] }],
  [1118, { strings: ['/', '/d/'] }],
  [5008, { int64: [0n, 5_000_000_000n, 0n, 0n] }],
  [5010, { strings: ['', 'cap_net_raw=ep', '', ''] }],
  [5011, { int32: [8] }],
];
const RPM = makeRpm(TAGS);

describe('readRpmHeader', () => {
  it('reads what the header says', async () => {
    const header = await readRpmHeader(memorySource(RPM));
    expect(header).toMatchObject({
      name: 'caf\u00e9',
      epoch: 3,
      version: '1.0',
      release: '2.dk1',
      arch: 'x86_64',
      isSource: false,
      archiveSize: 1234,
      sourceRpm: 'cafe-1.0-2.dk1.src.rpm',
    });
  });

  it('gives the range of the main header', async () => {
    const { headerRange } = await readRpmHeader(memorySource(RPM));
    expect(RPM.subarray(headerRange.start, headerRange.start + 4).toString('hex')).toBe('8eade801');
    expect(RPM.subarray(headerRange.end).toString()).toBe('payload');
  });

  it('marks Requires(pre), keeps rich dependencies whole and leaves rpmlib() out', async () => {
    const { requires } = await readRpmHeader(memorySource(RPM));
    expect(requires).toEqual([
      { name: 'a', flags: 'EQ', epoch: '1', version: '2', release: '3', pre: true },
      { name: 'a', flags: 'EQ', epoch: '1', version: '2', release: '3' },
      { name: '(b if c)' },
      { name: 'd', pre: true },
    ]);
  });

  it('tells directories and ghosts apart and keeps the bytes of names', async () => {
    const { files } = await readRpmHeader(memorySource(RPM));
    expect(files).toEqual([
      { path: '/d', type: 'dir' },
      { path: '/d/f\u00ff', type: 'file' },
      { path: '/d/ghost', type: 'ghost' },
      { path: '/tty', type: 'file' },
    ]);
  });

  it('calls the architecture of a source RPM src', async () => {
    const source = makeRpm([...TAGS.filter(([tag]) => tag !== 1044), [1106, { int32: [1] }]]);
    expect(await readRpmHeader(memorySource(source))).toMatchObject({ arch: 'src', isSource: true });
  });
});

describe('readRpmFiles', () => {
  it('gives sizes above 4 GiB, capabilities, device numbers and owners', async () => {
    const files = await readRpmFiles(memorySource(RPM));
    expect(files[1]).toMatchObject({
      path: Buffer.from('/d/f\xff', 'latin1'),
      mode: 0o100644,
      size: 5_000_000_000,
      caps: 'cap_net_raw=ep',
      group: 'tty',
      digest: 'aa',
      digestAlgorithm: 8,
      mtime: 2,
    });
    expect(files[3]).toMatchObject({ mode: 0o020620, device: { major: 5, minor: 1 } });
  });
});

describe('damage', () => {
  it('is noticed wherever the file is cut', async () => {
    const { headerRange } = await readRpmHeader(memorySource(RPM));
    for (let length = 0; length < headerRange.end; length += 7) {
      await expect(readRpmHeader(memorySource(RPM.subarray(0, length)))).rejects.toMatchObject({
        code: 'RPM_TRUNCATED',
      });
    }
  });

  it('is noticed whichever byte of the main header changes', async () => {
    const { headerRange } = await readRpmHeader(memorySource(RPM));
    for (let at = headerRange.start; at < headerRange.end; at += 1) {
      const bytes = Buffer.from(RPM);
      bytes[at] = (bytes[at] ?? 0) ^ 0x40;
      await expect(readRpmHeader(memorySource(bytes))).rejects.toMatchObject({
        code: expect.stringMatching(/^RPM_/),
      });
    }
  });

  it('is an error of ours or other values, never a crash, where no digest finds it', async () => {
    const good = makeRpm(TAGS, false);
    const { headerRange } = await readRpmHeader(memorySource(good));
    const outcomes = { read: 0, refused: 0 };
    for (let at = 96; at < headerRange.end; at += 1) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bytes = Buffer.from(good);
        bytes[at] = value;
        const both = Promise.all([readRpmHeader(memorySource(bytes)), readRpmFiles(memorySource(bytes))]);
        await both.then(
          () => (outcomes.read += 1),
          (error) => {
            expect(error.code, `byte ${at} = ${value}: ${error.stack}`).toMatch(/^RPM_/);
            outcomes.refused += 1;
          },
        );
      }
    }
    expect(outcomes.read).toBeGreaterThan(100);
    expect(outcomes.refused).toBeGreaterThan(100);
  });

  it.each([
    ['more files than folders', [1116, { int32: [0, 9, 1, 0] }]],
    ['columns of unequal lengths', [1030, { int16: [0o100644] }]],
    ['a version too few', [1050, { strings: ['1'] }]],
    ['numbers instead of strings', [1117, { int32: [1, 2, 3, 4] }]],
  ] as const)('%s are refused', async (_title, [tag, value]) => {
    const source = memorySource(makeRpm(TAGS.map((entry) => (entry[0] === tag ? [tag, value] : entry))));
    const both = Promise.all([readRpmHeader(source), readRpmFiles(source)]);
    await expect(both).rejects.toMatchObject({ code: 'RPM_INVALID' });
  });

  it('never reads more than the limits, whatever the sizes claim', async () => {
    for (const at of [96 + 8, 96 + 12]) {
      const bytes = Buffer.from(RPM);
      bytes.writeUInt32BE(0xffffffff, at);
      const asked: number[] = [];
      const read = async (offset: number, length: number) => {
        asked.push(length);
        return bytes.subarray(offset, offset + length);
      };
      await expect(readRpmHeader(read)).rejects.toMatchObject({ code: 'RPM_INVALID' });
      expect(Math.max(...asked)).toBeLessThan(1024);
    }
  });

  it('is what random bytes are', async () => {
    await expect(readRpmHeader(memorySource(Buffer.alloc(4096, 0x5a)))).rejects.toMatchObject({
      code: 'RPM_INVALID',
    });
  });
});

describe('splitEvr', () => {
  it.each([
    ['1', { epoch: '0', version: '1' }],
    ['2:1-3', { epoch: '2', version: '1', release: '3' }],
    [':1-3', { epoch: '0', version: '1', release: '3' }],
    ['1~rc1-0.1', { epoch: '0', version: '1~rc1', release: '0.1' }],
  ])('splits %s', (evr, parts) => {
    expect(splitEvr(evr)).toEqual(parts);
  });
});
