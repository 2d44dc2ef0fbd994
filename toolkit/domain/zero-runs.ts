/** A run of a file; in bytes. */
export interface DataRun {
  readonly offset: number;
  readonly length: number;
}

/** What zeros are looked for in: a MiB of a file, counted from its start, that has nothing else is a hole. */
const GRAIN = 1 << 20;
const ZEROS = new Uint8Array(GRAIN);

/** Whether there is nothing but zeros. */
export function isZeros(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += GRAIN) {
    const part = bytes.subarray(at, at + GRAIN);
    if (Buffer.compare(ZEROS.subarray(0, part.length), part) !== 0) return false;
  }
  return true;
}

/** Notes where a file has something else than zeros, while it is read from its start to its end. */
export interface DataNotes {
  add(bytes: Uint8Array): void;
  /** Runs of whole MiB, the last up to the end; undefined where the file has no hole. */
  runs(): readonly DataRun[] | undefined;
}

/**
 * The holes that a file system has do not matter, but what is in the file: which of them there are depends on the
 * machine.
 */
export function openDataNotes(): DataNotes {
  const runs: { offset: number; length: number }[] = [];
  let size = 0;
  /** Whether the grain that is being read has something else than zeros. */
  let isData = false;
  const close = (start: number): void => {
    const last = runs.at(-1);
    if (!isData) return;
    if (last !== undefined && last.offset + last.length === start) last.length = size - last.offset;
    else runs.push({ offset: start, length: size - start });
    isData = false;
  };
  return {
    add(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const start = size - (size % GRAIN);
        const count = Math.min(bytes.length - at, start + GRAIN - size);
        isData ||= Buffer.compare(ZEROS.subarray(0, count), bytes.subarray(at, at + count)) !== 0;
        size += count;
        at += count;
        if (size % GRAIN === 0) close(start);
      }
    },
    runs() {
      if (size % GRAIN !== 0) close(size - (size % GRAIN));
      const [first] = runs;
      if (size < GRAIN || (first?.offset === 0 && first.length === size)) return undefined;
      return runs.map((run) => ({ ...run }));
    },
  };
}

/** Blocks of 4 KiB that are holes of a file. */
export function holeBlocks({
  size,
  data,
}: {
  readonly size: number;
  readonly data?: readonly DataRun[];
}): number {
  if (data === undefined) return 0;
  return Math.ceil(size / 4096) - data.reduce((sum, { length }) => sum + Math.ceil(length / 4096), 0);
}
