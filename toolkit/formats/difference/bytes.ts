/** Where two contents differ; `member` is empty for the content itself. */
export interface ContentDifference {
  readonly member: string;
  readonly detail: string;
}

/** More of a line or a string nobody reads. */
const LONGEST = 80;
/** Bytes that are looked at to tell text from the rest. */
const SAMPLE = 8192;
/** A larger content is not searched for texts. */
const MAX_SEARCHED = 8 * 1024 * 1024;

/** Tells where two contents differ first, in one line: by its text where it is text. */
export function describeBytes(a: Buffer, b: Buffer): string {
  const sizes = a.length === b.length ? '' : `${a.length} / ${b.length} bytes, `;
  if (isText(a) && isText(b)) return describeText(a, b);
  const at = firstDifference(a, b);
  const [first, second] = [printableAt(a, at), printableAt(b, at)];
  if (first !== undefined && second !== undefined) {
    return `${sizes}at byte ${at}: ${quoted(first)} / ${quoted(second)}`;
  }
  const texts = otherTexts(a, b);
  return `${sizes}${texts ?? `at byte ${at}: ${hexAt(a, at)} / ${hexAt(b, at)}`}`;
}

/** The first text in each that the other has not; undefined where all texts are the same. */
function otherTexts(a: Buffer, b: Buffer): string | undefined {
  if (Math.max(a.length, b.length) > MAX_SEARCHED) return undefined;
  const [first, second] = [textsIn(a), textsIn(b)];
  const known = [new Set(second), new Set(first)] as const;
  const left = first.find((text) => !known[0].has(text));
  const right = second.find((text) => !known[1].has(text));
  if (left === undefined || right === undefined) return undefined;
  return `${quoted(left)} / ${quoted(right)}`;
}

function textsIn(bytes: Buffer): string[] {
  return bytes.toString('latin1').match(/[\x20-\x7e]{6,}/g) ?? [];
}

/** A text in quotes, on one line, cut to what people read. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
}

function describeText(a: Buffer, b: Buffer): string {
  const [first, second] = [a, b].map((bytes) => bytes.toString('utf8').split('\n'));
  const most = Math.max(first!.length, second!.length);
  for (let line = 0; line < most; line += 1) {
    const [left, right] = [first![line], second![line]];
    if (left === right) continue;
    const before = commonStart(left ?? '', right ?? '');
    const cut = (text: string | undefined) =>
      text === undefined
        ? 'end of file'
        : quoted(before < LONGEST / 2 ? text : `…${text.slice(before - 20)}`);
    return `line ${line + 1}: ${cut(left)} / ${cut(right)}`;
  }
  return 'bytes that are no text';
}

function commonStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

function isText(bytes: Buffer): boolean {
  const sample = bytes.subarray(0, SAMPLE);
  return (
    !sample.includes(0) && !sample.toString('utf8', 0, Math.max(0, sample.length - 4)).includes('\ufffd')
  );
}

function firstDifference(a: Buffer, b: Buffer): number {
  const step = 65536;
  const shorter = Math.min(a.length, b.length);
  let at = 0;
  while (at + step <= shorter && a.compare(b, at, at + step, at, at + step) === 0) at += step;
  while (at < shorter && a[at] === b[at]) at += 1;
  return at;
}

/** The printable characters around a place; undefined where it is no part of a text. */
function printableAt(bytes: Buffer, at: number): string | undefined {
  const isPrintable = (index: number) => bytes[index]! >= 0x20 && bytes[index]! < 0x7f;
  if (at >= bytes.length || !isPrintable(at)) return undefined;
  let start = at;
  while (start > 0 && at - start < LONGEST / 2 && isPrintable(start - 1)) start -= 1;
  let end = at + 1;
  while (end < bytes.length && end - start < LONGEST && isPrintable(end)) end += 1;
  return end - start < 3 ? undefined : bytes.toString('latin1', start, end);
}

function hexAt(bytes: Buffer, at: number): string {
  return at >= bytes.length ? 'end' : bytes.toString('hex', at, at + 8);
}
