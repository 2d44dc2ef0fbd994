import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Parts, timeFact } from './member.ts';

const LIMIT = { maxOutputLength: 256 * 1024 * 1024 };

/** A gzip file: its header's time, name and system, and what it holds. Source: RFC 1952. */
export function readGzip(content: Buffer): Parts | undefined {
  if (content.length < 18 || content.readUInt16BE(0) !== 0x1f8b) return undefined;
  const hasName = (content[3]! & 8) !== 0;
  const facts = {
    'time in its header': timeFact(content.readUInt32LE(4)),
    'name in its header': hasName ? content.toString('latin1', 10, content.indexOf(0, 10)) : '',
    'system in its header': content[9]!,
  };
  return { facts, members: [{ name: 'uncompressed', facts: {}, content: gunzipSync(content, LIMIT) }] };
}

/** A zstd file and what it holds. Source: RFC 8878. */
export function readZstd(content: Buffer): Parts | undefined {
  if (content.length < 8 || content.readUInt32LE(0) !== 0xfd2fb528) return undefined;
  return {
    facts: {},
    members: [{ name: 'uncompressed', facts: {}, content: zstdDecompressSync(content, LIMIT) }],
  };
}

/** Compiled Python: what its header says of its source, and its code. Source: PEP 552. */
export function readPyc(content: Buffer, path: string): Parts | undefined {
  if (!path.endsWith('.pyc') || content.length < 16 || content.readUInt16LE(2) !== 0x0a0d) return undefined;
  const isHash = (content.readUInt32LE(4) & 1) !== 0;
  const facts = isHash
    ? { 'hash of its source': content.toString('hex', 8, 16) }
    : {
        'time of its source': timeFact(content.readUInt32LE(8)),
        'size of its source': content.readUInt32LE(12),
      };
  return { facts, members: [{ name: 'code', facts: {}, content: content.subarray(16) }] };
}
