/** Formats that a configuration may ask for of a partition and nothing can write yet. */
export const laterPartitionFormats = ['diff', 'diff.gz', 'diff.xz'] as const;
/** And of a whole disk. */
export const laterFormats = [...laterPartitionFormats, 'rdiff', 'rdiff.gz', 'rdiff.xz'] as const;
