/** Whether two streams have the same bytes, however they come in pieces. Stops reading at the first that differs. */
export async function sameContent(
  first: AsyncIterable<Uint8Array>,
  second: AsyncIterable<Uint8Array>,
): Promise<boolean> {
  const others = second[Symbol.asyncIterator]();
  let other: Uint8Array = new Uint8Array();
  const next = async (): Promise<boolean> => {
    while (other.length === 0) {
      const { done, value } = await others.next();
      if (done === true) return false;
      other = value;
    }
    return true;
  };
  try {
    for await (const piece of first) {
      for (let at = 0; at < piece.length; ) {
        if (!(await next())) return false;
        const length = Math.min(piece.length - at, other.length);
        if (Buffer.compare(piece.subarray(at, at + length), other.subarray(0, length)) !== 0) return false;
        at += length;
        other = other.subarray(length);
      }
    }
    return !(await next());
  } finally {
    await others.return?.();
  }
}
