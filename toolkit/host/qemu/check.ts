import { setTimeout as sleep } from 'node:timers/promises';
import { buildError } from '../../domain/errors.ts';
import { createProcesses } from '../process/run.ts';
import { type RunningMachine, startMachine } from './boot.ts';
import type { Machine } from './machine.ts';
import type { SerialSession } from './serial.ts';

export interface BootExpectation {
  readonly user: string;
  /** Undefined: the serial login is not tried further than its prompt. */
  readonly password: string | undefined;
  /** What opens an encrypted root; undefined: nobody is expected to ask for it. */
  readonly passphrase?: string | undefined;
  /** Private key that opens the user's account by ssh; undefined: ssh is not tried. */
  readonly sshKey: string | undefined;
  /** Commands that must succeed after login, in order. */
  readonly commands: readonly string[];
  /** Milliseconds for each thing that is waited for. */
  readonly timeoutMs: number;
  readonly powerOff: 'command' | 'button';
}

export interface BootReport {
  /** Milliseconds from start to the login prompt. */
  readonly loginMs: number;
  /** Milliseconds from start to the machine's end. */
  readonly totalMs: number;
  readonly osRelease: string;
  readonly address: string;
  /** Empty where it has none, as a root that nothing can be written to. */
  readonly machineId: string;
  /** os-release as ssh gave it. */
  readonly sshOsRelease: string;
  /** What each command printed. */
  readonly outputs: readonly string[];
}

/**
 * Starts an image and asks of it what a person would: a login prompt, a login, os-release, a DHCP lease, ssh
 * through the forwarded port, and a clean power-off after which QEMU ends by itself. Throws `BOOT_FAILED`,
 * `BOOT_TIMED_OUT` or `BOOT_ENDED` saying what did not come.
 */
export async function checkBoot(
  machine: Machine,
  expected: BootExpectation,
  logPath: string | undefined,
  signal: AbortSignal,
): Promise<BootReport> {
  const start = performance.now();
  await using running = await startMachine(machine, logPath, signal);
  const { serial } = running;
  const { timeoutMs } = expected;
  if (expected.passphrase !== undefined) {
    // The kernel's messages come in between.
    await serial.waitFor(/Passphrase of the disk: /, 'question for the passphrase', timeoutMs, signal);
    serial.send(`${expected.passphrase}\n`);
  }
  await serial.waitFor(/login: /, 'login prompt', timeoutMs, signal);
  const loginMs = performance.now() - start;
  const shell =
    expected.password === undefined ? undefined : await logIn(serial, expected, expected.password, signal);
  const osRelease = (await shell?.run('cat /etc/os-release')) ?? '';
  const address = (await shell?.run(WAIT_FOR_LEASE)) ?? '';
  const machineId = (await shell?.run(MACHINE_ID)) ?? '';
  const outputs: string[] = [];
  for (const command of expected.commands) outputs.push((await shell?.run(command)) ?? '');
  const sshOsRelease = await askBySsh(machine, expected, signal);
  await powerOff(running, serial, expected, shell !== undefined, signal);
  return {
    loginMs,
    totalMs: performance.now() - start,
    osRelease,
    address,
    machineId,
    sshOsRelease,
    outputs,
  };
}

/**
 * The image's DHCP client tells the console of its lease, at any moment and on lines of its own, be it in
 * the middle of another (specs/distrokit-init/default.script).
 */
const LEASE_NOTICE = /\n\S+: [0-9.]+\/\d+, router .*, name server .*\n/;

const WAIT_FOR_LEASE =
  'n=0; until ip -4 -o addr show scope global | grep -q inet || [ $n -gt 90 ]; do sleep 1; n=$((n+1)); done; ' +
  "ip -4 -o addr show scope global | grep -o 'inet [0-9.]*' | cut -d' ' -f2 | grep .";

/** A read-only root without an overlay over /etc has none. */
export const MACHINE_ID = '[ ! -s /etc/machine-id ] || cat /etc/machine-id';

interface Shell {
  /** Runs a command; throws `BOOT_FAILED` when it fails. Returns what it printed. */
  run(command: string): Promise<string>;
}

async function logIn(
  serial: SerialSession,
  { user, timeoutMs }: BootExpectation,
  password: string,
  signal: AbortSignal,
): Promise<Shell> {
  serial.send(`${user}\n`);
  await serial.waitFor(/[Pp]assword: ?/, 'password prompt', timeoutMs, signal);
  serial.send(`${password}\n`);
  await serial.waitFor(/[#$] (?:\x1b\[[0-9;]*[A-Za-z])*$/, 'shell prompt', timeoutMs, signal);
  let count = 0;
  return {
    run: async (command) => {
      count += 1;
      // The typed line is echoed: the markers only appear joined in what it prints. The kernel's messages
      // to the console would come in between.
      serial.send(`dmesg -n 1; echo "<<"'BEGIN${count}'; ${command}; echo "<<"'END${count}':$?\n`);
      await serial.waitFor(new RegExp(`<<BEGIN${count}\\r?\\n`), command, timeoutMs, signal);
      const end = await serial.waitFor(new RegExp(`<<END${count}:(\\d+)\\r?\\n`), command, timeoutMs, signal);
      const status = end[1];
      const output = printed(end.input.slice(0, end.index));
      if (status !== '0') throw buildError('BOOT_FAILED', `${command}: exit code ${status}\n${output}`);
      return output;
    },
  };
}

/** What a command printed, without what others told the console meanwhile. */
export function printed(text: string): string {
  return text.replaceAll('\r', '').replace(LEASE_NOTICE, '').trim();
}

async function askBySsh(machine: Machine, expected: BootExpectation, signal: AbortSignal): Promise<string> {
  const { sshKey, user, timeoutMs } = expected;
  if (sshKey === undefined || machine.sshPort === undefined) return '';
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=no',
    'UserKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
  ];
  const argv: [string, ...string[]] = [
    ...(['ssh', '-F', 'none', '-q', '-p', String(machine.sshPort), '-i', sshKey] as const),
    ...[...options, 'ConnectTimeout=10'].flatMap((option) => ['-o', option]),
    ...[`${user}@127.0.0.1`, 'cat /etc/os-release'],
  ];
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const done = await createProcesses().run({ argv, timeoutMs }, signal);
    if (done.exitCode === 0) return done.stdout.trim();
    if (performance.now() > deadline) {
      throw buildError('BOOT_FAILED', `ssh: exit code ${done.exitCode}\n${done.stderr.trim()}`);
    }
    await sleep(1000, undefined, { signal });
  }
}

async function powerOff(
  running: RunningMachine,
  serial: SerialSession,
  { powerOff: how, timeoutMs }: BootExpectation,
  hasShell: boolean,
  signal: AbortSignal,
): Promise<void> {
  const isAsked = how === 'command' && hasShell;
  if (isAsked) serial.send('poweroff\n');
  const deadline = performance.now() + timeoutMs;
  let code: number | undefined;
  do {
    if (!isAsked) await press(running, signal);
    code = await endOf(running, isAsked ? timeoutMs : PRESS_AGAIN_MS, signal);
  } while (code === undefined && performance.now() < deadline);
  if (code === 0) return;
  const reason = code === undefined ? `it still ran ${timeoutMs / 1000} s later` : `QEMU ended with ${code}`;
  throw buildError('BOOT_FAILED', `clean power-off: ${reason}`);
}

/** A system may ask for a login before it listens to the button: who sees nothing happen presses again. */
const PRESS_AGAIN_MS = 5000;

/** A machine that has just ended cannot be pressed, which is what was wanted. */
async function press(running: RunningMachine, signal: AbortSignal): Promise<void> {
  try {
    await running.pressPowerButton(signal);
  } catch (error) {
    if ((await endOf(running, 1000, signal)) === undefined) throw error;
  }
}

/** QEMU's exit code; undefined while it still runs after `ms`. */
async function endOf(running: RunningMachine, ms: number, signal: AbortSignal): Promise<number | undefined> {
  const limit = new AbortController();
  const late = sleep(ms, undefined, { signal: AbortSignal.any([signal, limit.signal]) });
  try {
    return await Promise.race([running.ended, late]);
  } finally {
    limit.abort();
    late.catch(() => {});
  }
}
