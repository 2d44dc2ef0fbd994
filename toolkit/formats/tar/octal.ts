/** The largest number that an octal field of `width` bytes with its end byte holds. */
export function octalMax(width: number): number {
  return 8 ** (width - 1) - 1;
}

/** Writes a number as octal digits, filled with zeros, and a NUL: `width` bytes in all. */
export function writeOctal(block: Buffer, at: number, width: number, value: number): void {
  block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
}
