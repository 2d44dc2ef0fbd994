/** Lower-case hexadecimal SHA-256 of some bytes. */
export type Sha256 = string;

/** Bytes that are known by their content. */
export interface FileDigest {
  readonly sha256: Sha256;
  /** Size in bytes. */
  readonly size: number;
}
