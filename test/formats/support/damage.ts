/** Copies of an image that are cut off, and with one byte changed here and there: every one up to `dense`, then fewer. */
export function* damages(image: Buffer, dense: number): Generator<readonly [what: string, bytes: Buffer]> {
  for (let part = 0; part < 16; part += 1) {
    const length = Math.floor((image.length * part) / 16);
    yield [`only ${length} bytes`, image.subarray(0, length)];
  }
  for (let at = 0; at < image.length; at += at < dense ? 7 : 61) {
    if (image[at] === 0 && at % 3 > 0) continue;
    const other = Buffer.from(image);
    other[at]! ^= 1 << (at % 8);
    yield [`bit ${at % 8} of byte ${at}`, other];
  }
}
