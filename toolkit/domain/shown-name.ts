/** How `shownName` tells a byte that it does not show: a control character, or no UTF-8. */
const TOLD = /\\x(?:[01][0-9a-f]|7f|[89a-f][0-9a-f])/;
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const CONTROLS = /\p{Cc}/u;

/**
 * The bytes of a file's name or path as people read them: UTF-8 as it is. Where some are none, or are control
 * characters, these are `\xNN` and a backslash is `\\`: two names are never shown alike. Pure.
 */
export function shownName(bytes: Uint8Array): string {
  const text = decoded(bytes);
  if (text !== undefined && !CONTROLS.test(text) && !TOLD.test(text)) return text;
  let shown = '';
  for (let at = 0; at < bytes.length; ) {
    const character = characterAt(bytes, at);
    if (character === undefined) {
      shown += told(bytes[at]!);
      at += 1;
    } else {
      const length = Buffer.byteLength(character);
      if (CONTROLS.test(character)) shown += [...bytes.subarray(at, at + length)].map(told).join('');
      else shown += character === '\\' ? '\\\\' : character;
      at += length;
    }
  }
  return shown;
}

function told(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

/** The character of UTF-8 that begins at a place; undefined where none does. */
function characterAt(bytes: Uint8Array, at: number): string | undefined {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    const text = decoded(bytes.subarray(at, at + length));
    if (text !== undefined) return text;
  }
  return undefined;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}
