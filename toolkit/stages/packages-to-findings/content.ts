import { createHash } from 'node:crypto';
import { ToolkitError } from '../../domain/errors.ts';
import type { BuildFolder, FileContent } from '../../domain/lint/content.ts';
import { isElf, readElf } from '../../formats/elf/index.ts';

/** What names a folder of a build: where sources are unpacked, and Debian's library folder in the worker. */
const NEEDLES: readonly (readonly [BuildFolder, Buffer])[] = [
  ['build', Buffer.from('/build/top/')],
  ['seed', Buffer.from('lib/x86_64-linux-gnu')],
];
const LONGEST = Math.max(...NEEDLES.map(([, needle]) => needle.length));

/** Larger ELF files are not looked into. */
const MOST_BYTES = 512 * 1024 * 1024;

export interface ReadContent {
  readonly content: FileContent;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
  readonly size: number;
}

/** Reads a file's bytes once and tells what they are. Only an ELF file is held in memory. */
export async function readContent(bytes: AsyncIterable<Buffer>): Promise<ReadContent> {
  const hash = createHash('sha256');
  const mentions = new Set<BuildFolder>();
  const held: Buffer[] = [];
  let start = Buffer.alloc(0);
  let tail = Buffer.alloc(0);
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
    if (start.length < 4) start = Buffer.concat([start, chunk.subarray(0, 4)]);
    if ((start.length < 4 || isElf(start)) && size <= MOST_BYTES) held.push(Buffer.from(chunk));
    const window = Buffer.concat([tail, chunk]);
    for (const [name, needle] of NEEDLES) if (window.includes(needle)) mentions.add(name);
    tail = Buffer.from(window.subarray(-LONGEST));
  }
  const isScript = start.subarray(0, 2).toString('latin1') === '#!';
  const content: FileContent = {
    ...(isElf(start) ? elfContent(size <= MOST_BYTES ? Buffer.concat(held) : undefined) : {}),
    ...(isScript ? { isScript } : {}),
    ...(mentions.size > 0 ? { mentions: [...mentions].sort() } : {}),
  };
  return { content, sha256: hash.digest('hex'), size };
}

function elfContent(bytes: Buffer | undefined): FileContent {
  if (bytes === undefined) return { elfProblem: 'it is too large to be looked into' };
  try {
    return { elf: readElf(bytes) };
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error;
    return { elfProblem: error.message };
  }
}
