import { createWriteStream, type WriteStream } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { buildError } from '../../domain/errors.ts';
import { lastLines } from '../../domain/text.ts';

/** Much more than any one thing that is waited for. */
const MAX_PENDING = 1 << 20;

interface Waiter {
  check(): void;
  end(): void;
}

/** What never comes right again, whatever is waited for. */
const FATAL = new RegExp(
  [
    'Kernel panic - not syncing[^\\r\\n]*',
    'distrokit live: [^\\r\\n]*\\r?\\n[^\\r\\n]*rescue shell',
    // Of UEFI, under Secure Boot: what it starts itself, and what a loader wanted it to start.
    'failed to (?:load|start) Boot[^\\r\\n]*: Access Denied',
    // Of GRUB, and of an initramfs of ours.
    'error: bad signature[^\\r\\n]*',
    'distrokit: (?:the verified \\S+ cannot be opened|\\S+ cannot be mounted)[^\\r\\n]*',
  ].join('|'),
);

/** A machine's serial line: what it said is kept in a log, and can be waited for. */
export class SerialSession implements AsyncDisposable {
  readonly #input: Writable;
  readonly #log: WriteStream | undefined;
  readonly #waiters = new Set<Waiter>();
  readonly #logPath: string | undefined;
  /** All since the last thing that was found. */
  #pending = '';
  #ended = false;

  constructor(output: Readable, input: Writable, logPath: string | undefined) {
    this.#input = input;
    this.#logPath = logPath;
    this.#log = logPath === undefined ? undefined : createWriteStream(logPath);
    // A full disk must not end the machine; the log is then short.
    this.#log?.on('error', () => {});
    input.on('error', () => {});
    output.setEncoding('latin1');
    output.on('data', (text: string) => {
      this.#log?.write(text, 'latin1');
      this.#pending = (this.#pending + text).slice(-MAX_PENDING);
      for (const waiter of [...this.#waiters]) waiter.check();
    });
    output.on('close', () => {
      this.#ended = true;
      for (const waiter of [...this.#waiters]) waiter.end();
    });
  }

  /** Types text; a line ends with `\n`. */
  send(text: string): void {
    this.#input.write(text, 'latin1');
  }

  /**
   * Waits until the machine has said something that matches, and forgets all up to its end. `what` names it
   * in errors. The result's first member is the match, its `input` what stood before it as well. Throws `BOOT_TIMED_OUT` after `timeoutMs`, `BOOT_ENDED` when the machine stopped, `BOOT_FAILED`
   * when its kernel gave up.
   */
  async waitFor(
    pattern: RegExp,
    what: string,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<RegExpExecArray> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
    const fail = (code: string, reason: string): void => reject(this.#failure(code, `${what}: ${reason}`));
    const waiter: Waiter = {
      check: () => {
        const match = pattern.exec(this.#pending);
        if (match !== null) {
          this.#pending = this.#pending.slice(match.index + match[0].length);
          resolve(match);
          return;
        }
        const fatal = FATAL.exec(this.#pending)?.[0];
        if (fatal !== undefined) fail('BOOT_FAILED', fatal.trim());
      },
      end: () => fail('BOOT_ENDED', 'the machine stopped'),
    };
    const abort = (): void => reject(signal.reason);
    const timer = setTimeout(
      () => fail('BOOT_TIMED_OUT', `not seen within ${timeoutMs / 1000} s`),
      timeoutMs,
    );
    signal.addEventListener('abort', abort, { once: true });
    this.#waiters.add(waiter);
    waiter.check();
    if (this.#ended) waiter.end();
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      this.#waiters.delete(waiter);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const log = this.#log;
    if (log === undefined || log.destroyed) return;
    await new Promise<void>((resolve) => log.end(resolve));
  }

  #failure(code: string, message: string): Error {
    const said = lastLines(this.#pending.replaceAll('\r', ''), 15);
    const hint = this.#logPath === undefined ? {} : { hint: `Read the serial log: ${this.#logPath}` };
    return buildError(code, `${message}. The serial line said last:\n${said}`, hint);
  }
}
