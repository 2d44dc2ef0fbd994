import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostError } from '../../domain/errors.ts';
import { enrollCertificate } from '../../formats/uefi-variables/index.ts';
import { findProgram, startProcess } from '../process/run.ts';
import { controlMachine } from './control.ts';
import { findUefi } from './firmware.ts';
import { type Machine, type MachineFiles, qemuCommand } from './machine.ts';
import { SerialSession } from './serial.ts';

/** A machine that runs; disposing it ends it. */
export interface RunningMachine extends AsyncDisposable {
  readonly serial: SerialSession;
  /** QEMU's exit code, once it has ended; never rejects. */
  readonly ended: Promise<number>;
  /** Presses the power button. */
  pressPowerButton(signal: AbortSignal): Promise<void>;
}

/**
 * Starts QEMU on an image, which stays as it is. It does not outlive this process. The serial line goes to
 * `logPath` too. Throws `PROGRAM_MISSING` and `OVMF_MISSING`.
 */
export async function startMachine(
  machine: Machine,
  logPath: string | undefined,
  signal: AbortSignal,
): Promise<RunningMachine> {
  await using stack = new AsyncDisposableStack();
  const files = await machineFiles(machine, stack);
  const stop = new AbortController();
  const child = startProcess(
    { argv: qemuCommand(machine, files, 'pipe'), stdio: ['pipe', 'pipe', 'pipe'] },
    AbortSignal.any([signal, stop.signal]),
  );
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4096);
  });
  if (child.stdout === null || child.stdin === null) throw new Error('QEMU was started without pipes');
  const serial = stack.use(new SerialSession(child.stdout, child.stdin, logPath));
  const ended = child.ended.catch(() => -1);
  stack.defer(async () => {
    stop.abort();
    await ended;
  });
  const kept = stack.move();
  return {
    serial,
    ended,
    pressPowerButton: async (pressed) => await controlMachine(files.control, 'system_powerdown', pressed),
    [Symbol.asyncDispose]: async () => {
      await kept.disposeAsync();
      if (said.trim() !== '' && (await ended) > 0) process.emitWarning(`QEMU said: ${said.trim()}`);
    },
  };
}

/** Runs QEMU with its serial line on this terminal until it ends; Ctrl-A X ends it. Returns its exit code. */
export async function runMachineOnTerminal(machine: Machine, signal: AbortSignal): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const files = await machineFiles(machine, stack);
  const argv = qemuCommand(machine, files, 'terminal');
  return await startProcess({ argv, stdio: ['inherit', 'inherit', 'inherit'] }, signal).ended;
}

async function machineFiles(machine: Machine, stack: AsyncDisposableStack): Promise<MachineFiles> {
  if ((await findProgram('qemu-system-x86_64')) === undefined) {
    throw hostError('PROGRAM_MISSING', 'The program qemu-system-x86_64 is not on this host', {
      hint: 'Install it: apt-get install qemu-system-x86 ovmf',
    });
  }
  // A socket's path has 107 bytes at most.
  const folder = await mkdtemp(join(tmpdir(), 'distrokit-qemu-'));
  stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  const control = join(folder, 'control');
  if (machine.firmware === 'bios') return { control, uefi: undefined };
  const { secureBoot } = machine;
  const found = await findUefi(secureBoot !== undefined);
  const variables = join(folder, 'variables.fd');
  if (secureBoot === undefined) await copyFile(found.variables, variables);
  else await writeFile(variables, enrollCertificate(await readFile(found.variables), secureBoot));
  await chmod(variables, 0o600);
  return { control, uefi: { code: found.code, variables } };
}

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
  });
  return await promise;
}
