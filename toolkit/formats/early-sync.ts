import type { FileHandle } from 'node:fs/promises';

/** Bytes after which the disk is told to begin. */
const STEP = 64 << 20;

/**
 * Tells the disk to begin while there is more to come: little is left to wait for when a file that is written from its
 * start to its end is synced at last.
 */
export class EarlySync {
  readonly #file: FileHandle;
  #told = 0;
  #syncing: Promise<void> | undefined;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** To be called now and then with how many bytes have been written. */
  note(written: number): void {
    if (this.#syncing !== undefined || written - this.#told < STEP) return;
    this.#told = written;
    this.#syncing = this.#file.datasync().then(() => {
      this.#syncing = undefined;
    });
    this.#syncing.catch(() => undefined);
  }

  /** Waits for what is under way, so that the file can be closed. Throws what the disk said. */
  async end(): Promise<void> {
    await this.#syncing;
  }
}
