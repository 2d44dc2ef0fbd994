import { closeSync, openSync, readSync } from 'node:fs';

/** What is read at once for the small parts that lie in it. */
const WINDOW = 1 << 20;

/** A file that many parts are read from, most of them one after another. */
export interface PartsReader extends Disposable {
  /** Fills `target` with what is there from `at` on. Throws `Error` where the file ends before. */
  read(at: number, target: Uint8Array): void;
}

/** Opens a file; disposing it closes it. */
export function openParts(path: string): PartsReader {
  const file = openSync(path, 'r');
  const window = Buffer.allocUnsafe(WINDOW);
  let start = 0;
  let end = 0;
  const read: PartsReader['read'] = (at, target) => {
    if (at < start || at + target.length > end) {
      if (target.length >= WINDOW / 4) {
        readExactly(file, at, target, path);
        return;
      }
      start = at;
      end = at + readSync(file, window, 0, WINDOW, at);
      if (end < at + target.length) throw new Error(`${path} is shorter than it was`);
    }
    target.set(window.subarray(at - start, at - start + target.length));
  };
  return { read, [Symbol.dispose]: () => closeSync(file) };
}

/** Fills `target` from `from` on. Throws `Error` where the file ends before; `path` is told. */
export function readExactly(file: number, from: number, target: Uint8Array, path: string): void {
  for (let at = 0; at < target.length; ) {
    const length = readSync(file, target, at, target.length - at, from + at);
    if (length === 0) throw new Error(`${path} is shorter than it was`);
    at += length;
  }
}
