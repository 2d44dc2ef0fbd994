/**
 * Does `work` on several items at once and gives the results in the order of the items. At most
 * `concurrency` are begun and not yet taken, so memory is bounded; no influence on the results. When one
 * fails, or nobody wants more, those that run are waited for.
 */
export async function* inOrder<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // Taken later: until then a failure is not unhandled.
      result.catch(() => undefined);
      running.push(result);
      const first = running.length >= concurrency ? running.shift() : undefined;
      if (first !== undefined) yield await first;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
