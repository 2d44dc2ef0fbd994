/** The next multiple of `unit`, or the value itself where it is one. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** The multiple of `unit` before, or the value itself where it is one. */
export function roundDown(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}

export function isPowerOf2(value: number): boolean {
  return value > 0 && (value & (value - 1)) === 0;
}
