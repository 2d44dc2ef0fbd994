/** What single bits of a number mean to whoever reads a file system. */
export type FeatureNames = readonly (readonly [bit: number, name: string])[];

/** Names of the bits that are set, or `number` in hexadecimal where none of them has one. */
export function featureText(set: number, names: FeatureNames, number = set >>> 0): string {
  const known = names.filter(([bit]) => (set & bit) !== 0).map(([, name]) => name);
  return known.length > 0 ? known.join(', ') : `0x${number.toString(16)}`;
}
