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

/** The form that getxattr gives of an ACL as ext4 stores it: what `storedAcl` undoes. Undefined for what is no ACL. */
export function portableAcl(value: Uint8Array): Buffer | undefined {
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  if (bytes.length < 4 || bytes.readUInt32LE(0) !== EXT4_VERSION) return undefined;
  const entries: Buffer[] = [Buffer.alloc(4)];
  entries[0]!.writeUInt32LE(IN_VERSION, 0);
  for (let at = 4; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const length = NAMED.includes(bytes.readUInt16LE(at)) ? 8 : 4;
    if (at + length > bytes.length) return undefined;
    const entry = Buffer.alloc(8, 0xff);
    bytes.copy(entry, 0, at, at + length);
    entries.push(entry);
    at += length;
  }
  return Buffer.concat(entries);
}
