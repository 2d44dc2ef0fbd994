const VERSION = 2;

/**
 * An ACL as XFS stores it, from the form that getxattr gives: big-endian, with a count before it. Undefined for what
 * is no ACL. Source: Linux, fs/xfs/libxfs/xfs_format.h, xfs_acl, and include/uapi/linux/posix_acl_xattr.h.
 */
export function storedAcl(value: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (bytes.length < 4 || bytes.length % 8 !== 4 || bytes.readUInt32LE(0) !== VERSION) return undefined;
  const count = (bytes.length - 4) / 8;
  const stored = Buffer.alloc(4 + 12 * count);
  stored.writeUInt32BE(count, 0);
  for (let index = 0; index < count; index += 1) {
    const from = 4 + 8 * index;
    const to = 4 + 12 * index;
    stored.writeUInt32BE(bytes.readUInt16LE(from), to);
    stored.writeUInt32BE(bytes.readUInt32LE(from + 4), to + 4);
    stored.writeUInt16BE(bytes.readUInt16LE(from + 2), to + 8);
  }
  return stored;
}
