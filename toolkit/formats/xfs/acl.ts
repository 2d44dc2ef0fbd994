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

/** Tags whose entries name nobody have no number. */
const NAMED = [0x02, 0x08];
const NOBODY = 0xffffffff;

/** An ACL as getxattr gives it, from the form in which XFS stores it. Undefined for what is no ACL. */
export function portableAcl(stored: Uint8Array): Uint8Array | undefined {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.length);
  const count = bytes.length < 4 ? -1 : bytes.readUInt32BE(0);
  if (bytes.length !== 4 + 12 * count) return undefined;
  const value = Buffer.alloc(4 + 8 * count);
  value.writeUInt32LE(VERSION, 0);
  for (let index = 0; index < count; index += 1) {
    const from = 4 + 12 * index;
    const to = 4 + 8 * index;
    const tag = bytes.readUInt32BE(from);
    if (tag > 0xffff) return undefined;
    value.writeUInt16LE(tag, to);
    value.writeUInt16LE(bytes.readUInt16BE(from + 8), to + 2);
    value.writeUInt32LE(NAMED.includes(tag) ? bytes.readUInt32BE(from + 4) : NOBODY, to + 4);
  }
  return Uint8Array.from(value);
}
