const controller = new AbortController();
let listening = false;

/**
 * The signal that SIGINT, SIGTERM and SIGHUP abort. Children die with us or are ended by whoever waits for
 * them; a second signal ends the process at once, and the kernel then ends what runs in sandboxes.
 */
export function interruption(): AbortSignal {
  if (!listening) {
    listening = true;
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => {
        if (controller.signal.aborted) process.exit(130);
        controller.abort(new Error(`interrupted by ${name}`));
      });
    }
  }
  return controller.signal;
}
