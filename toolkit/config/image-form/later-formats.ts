/** Formats that a configuration may ask for and nothing can write yet. */
export const laterFormats = [
  ...(['initrd', 'initrd.gz', 'initrd.xz', 'initrd.tar.gz', 'initrd.tar.xz'] as const),
  ...(['diff', 'diff.gz', 'diff.xz', 'rdiff', 'rdiff.gz', 'rdiff.xz'] as const),
  ...(['pxe', 'raw.tar.gz', 'raw.tar.xz', 'ext4.tar.gz', 'ext4.tar.xz'] as const),
] as const;
