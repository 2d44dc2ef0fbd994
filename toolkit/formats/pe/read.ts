import { readPeHeader } from './header.ts';

/**
 * Bytes of a section of a PE program, such as `.cmdline` of a unified kernel image; undefined where it has none,
 * or is no such program.
 */
export function readSection(program: Buffer, name: string): Buffer | undefined {
  const section = readPeHeader(program)?.sections.find((one) => one.name === name);
  if (section === undefined) return undefined;
  // What is in the file is rounded up.
  const end = section.offset + Math.min(section.virtualSize, section.size);
  return end > program.length ? undefined : program.subarray(section.offset, end);
}
