/** Signs EFI programs with a key of the user, which it does not give away. */
export interface EfiSigner {
  /** X.509 certificate of the key, DER. */
  readonly certificate: Uint8Array;
  /** RSASSA-PKCS1-v1_5 with SHA-256: the same signature each time. */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}
