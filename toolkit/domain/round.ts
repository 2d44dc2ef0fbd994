/** The next multiple of `unit`, or the value itself where it is one. */
export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** The multiple of `unit` before, or the value itself where it is one. */
export function roundDown(value: number, unit: number): number {
  return Math.floor(value / unit) * unit;
}
