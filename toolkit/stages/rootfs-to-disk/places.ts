/** Writable folder of the steps, with the disk in it. */
export const WORK = '/run/distrokit/work';
/** Stored content, read-only. */
export const IN = '/run/distrokit/in';
/** File of `IN`: the initramfs of a root that the kernel cannot mount by itself. */
export const INITRD = 'initrd';
/** Laid out like the disk; only what programs make of it is in it. */
export const DISK = `${WORK}/disk.raw`;
