/** Formats of one partition that the original's configurations may ask for of a whole disk, which there never is. */
export const laterFormats = ['diff', 'diff.gz', 'diff.xz', 'rdiff', 'rdiff.gz', 'rdiff.xz'] as const;
