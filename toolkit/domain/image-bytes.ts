/** Bytes whose values are the code units of a text; every code unit must be below 256. */
export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Text with one code unit a byte. */
export function latin1Text(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** UTF-8 bytes of a text, as latin1 text: how a path that a user wrote stands in a tree. */
export function bytePath(path: string): string {
  return latin1Text(new TextEncoder().encode(path));
}
