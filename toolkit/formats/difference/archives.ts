import { inflateRawSync } from 'node:zlib';
import { roundUp } from '../../domain/round.ts';
import { type Member, type Parts, timeFact } from './member.ts';

/** More than any package has in one member, and less than memory. */
const INFLATE_LIMIT = 256 * 1024 * 1024;

/** Members of an `ar` archive, static libraries above all. Source: ar(5), GNU's long names. */
export function readAr(content: Buffer): Parts | undefined {
  if (content.toString('latin1', 0, 8) !== '!<arch>\n') return undefined;
  const members: Member[] = [];
  let longNames = '';
  for (let at = 8; at + 60 <= content.length; ) {
    const field = (from: number, length: number) =>
      content.toString('latin1', at + from, at + from + length).trimEnd();
    const size = Number(field(48, 10));
    if (!Number.isInteger(size)) return undefined;
    const bytes = content.subarray(at + 60, at + 60 + size);
    const raw = field(0, 16);
    if (raw === '//') longNames = bytes.toString('latin1');
    const long = /^\/(\d+)$/.exec(raw)?.[1];
    const name =
      raw === '/'
        ? 'symbol table'
        : long === undefined
          ? raw
          : longNames.slice(Number(long)).split('\n', 1)[0]!;
    members.push({
      name: name === '//' ? 'long names' : name.replace(/\/$/, ''),
      facts: {
        time: timeFact(Number(field(16, 12))),
        uid: field(28, 6),
        gid: field(34, 6),
        mode: field(40, 8),
      },
      content: bytes,
    });
    at += 60 + size + (size % 2);
  }
  return { facts: {}, members };
}

/** Members of a tar archive; long names of pax and GNU stay members of their own. Source: tar(5). */
export function readTar(content: Buffer): Parts | undefined {
  if (content.length < 512 || content.toString('latin1', 257, 262) !== 'ustar') return undefined;
  const members: Member[] = [];
  for (let at = 0; at + 512 <= content.length && content[at] !== 0; ) {
    const text = (from: number, length: number) =>
      content.toString('utf8', at + from, at + from + length).split('\0', 1)[0]!;
    const number = (from: number, length: number) => Number.parseInt(text(from, length).trim() || '0', 8);
    const size = number(124, 12);
    if (!Number.isInteger(size)) return undefined;
    members.push({
      name: text(0, 100),
      facts: {
        time: timeFact(number(136, 12)),
        mode: text(100, 8).trim(),
        owner: `${number(108, 8)} ${text(265, 32)}`.trim(),
        group: `${number(116, 8)} ${text(297, 32)}`.trim(),
        link: text(157, 100),
      },
      content: content.subarray(at + 512, at + 512 + size),
    });
    at += 512 + roundUp(size, 512);
  }
  return { facts: {}, members };
}

/** Members of a cpio archive in the newc format, as an initramfs is. Source: cpio(5). */
export function readNewc(content: Buffer): Parts | undefined {
  const members: Member[] = [];
  for (let at = 0; ; ) {
    if (!/^07070[12]$/.test(content.toString('latin1', at, at + 6))) return undefined;
    const field = (index: number) =>
      Number.parseInt(content.toString('latin1', at + 6 + index * 8, at + 14 + index * 8), 16);
    const size = field(6);
    const nameSize = field(11);
    if (!Number.isInteger(size) || !Number.isInteger(nameSize) || nameSize < 1) return undefined;
    const name = content.toString('utf8', at + 110, at + 109 + nameSize);
    if (name === 'TRAILER!!!') return { facts: {}, members };
    const start = at + roundUp(110 + nameSize, 4);
    members.push({
      name,
      facts: {
        time: timeFact(field(5)),
        mode: field(1).toString(8),
        uid: field(2),
        gid: field(3),
        inode: field(0),
      },
      content: content.subarray(start, start + size),
    });
    at = start + roundUp(size, 4);
  }
}

/** Members of a zip archive (wheels, jars), by its central directory. Source: APPNOTE.TXT 4.3. */
export function readZip(content: Buffer): Parts | undefined {
  if (content.length < 22 || content.readUInt32LE(0) !== 0x04034b50) return undefined;
  const end = content.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end === -1 || end + 22 > content.length) return undefined;
  const members: Member[] = [];
  for (let at = content.readUInt32LE(end + 16); content.readUInt32LE(at) === 0x02014b50; ) {
    const [method, time, date] = [
      content.readUInt16LE(at + 10),
      content.readUInt16LE(at + 12),
      content.readUInt16LE(at + 14),
    ];
    const packed = content.readUInt32LE(at + 20);
    const nameSize = content.readUInt16LE(at + 28);
    const local = content.readUInt32LE(at + 42);
    const start = local + 30 + content.readUInt16LE(local + 26) + content.readUInt16LE(local + 28);
    const bytes = content.subarray(start, start + packed);
    members.push({
      name: content.toString('utf8', at + 46, at + 46 + nameSize),
      facts: { time: dosTime(date, time), mode: (content.readUInt32LE(at + 38) >>> 16).toString(8) },
      content: method === 8 ? inflateRawSync(bytes, { maxOutputLength: INFLATE_LIMIT }) : bytes,
    });
    at += 46 + nameSize + content.readUInt16LE(at + 30) + content.readUInt16LE(at + 32);
  }
  return { facts: {}, members };
}

function dosTime(date: number, time: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${1980 + (date >> 9)}-${two((date >> 5) & 15)}-${two(date & 31)}`;
  return `${day} ${two(time >> 11)}:${two((time >> 5) & 63)}:${two((time & 31) * 2)}`;
}
