/** Formats that a configuration may ask for and nothing can write yet. */
export const laterFormats = ['diff', 'diff.gz', 'diff.xz', 'rdiff', 'rdiff.gz', 'rdiff.xz'] as const;
