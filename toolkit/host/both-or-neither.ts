/**
 * Two effects side by side. When one fails, the other is aborted and has ended before the error of the first
 * is thrown.
 */
export async function bothOrNeither<A, B>(
  left: (signal: AbortSignal) => Promise<A>,
  right: (signal: AbortSignal) => Promise<B>,
  signal: AbortSignal,
): Promise<[A, B]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const orAbort = async <T>(effect: (signal: AbortSignal) => Promise<T>) => {
    try {
      return await effect(either);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  const [one, other] = await Promise.allSettled([orAbort(left), orAbort(right)]);
  if (one.status === 'fulfilled' && other.status === 'fulfilled') return [one.value, other.value];
  throw failed.signal.reason;
}
