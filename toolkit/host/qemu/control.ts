import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Sends one command over QEMU's control socket, which appears a moment after QEMU's start.
 * Throws `Error` with QEMU's words, or the reason of `signal`.
 */
export async function controlMachine(socket: string, command: string, signal: AbortSignal): Promise<void> {
  await using connection = await connect(socket, signal);
  const lines = createInterface({ input: connection.socket });
  connection.socket.write(`${JSON.stringify({ execute: 'qmp_capabilities' })}\n`);
  connection.socket.write(`${JSON.stringify({ execute: command })}\n`);
  let answers = 0;
  for await (const line of lines) {
    if (line.includes('"error"')) throw new Error(`QEMU refused ${command}: ${line}`);
    // Greeting and events come in between.
    if (line.includes('"return"')) answers += 1;
    if (answers === 2) return;
  }
  throw new Error(`QEMU closed its control socket before it answered ${command}`);
}

async function connect(path: string, signal: AbortSignal) {
  for (let tries = 0; ; tries += 1) {
    const socket = createConnection({ path, signal });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once('connect', resolve);
    socket.once('error', reject);
    try {
      await promise;
      return { socket, [Symbol.asyncDispose]: async () => void socket.destroy() };
    } catch (error) {
      socket.destroy();
      signal.throwIfAborted();
      if (tries >= 50) throw error;
      await sleep(100, undefined, { signal });
    }
  }
}
