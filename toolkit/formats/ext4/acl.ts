const IN_VERSION = 2;
const EXT4_VERSION = 1;
/** Tags of entries that name a user or a group. */
const NAMED: readonly number[] = [0x02, 0x08];

/**
 * An ACL as ext4 stores it, from the form that getxattr gives: another version, and ids only where there are
 * any. Undefined for what is no ACL. Source: Linux, fs/ext4/acl.h and include/uapi/linux/posix_acl_xattr.h.
 */
export function storedAcl(value: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (bytes.length < 4 || bytes.length % 8 !== 4 || bytes.readUInt32LE(0) !== IN_VERSION) return undefined;
  const stored = Buffer.alloc(bytes.length);
  stored.writeUInt32LE(EXT4_VERSION, 0);
  let end = 4;
  for (let at = 4; at < bytes.length; at += 8) {
    const length = NAMED.includes(bytes.readUInt16LE(at)) ? 8 : 4;
    bytes.copy(stored, end, at, at + length);
    end += length;
  }
  return stored.subarray(0, end);
}
