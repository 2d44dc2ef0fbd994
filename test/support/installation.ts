import { open } from 'node:fs/promises';
import { expect } from 'vitest';
import { type RunningMachine, startMachine } from '../../toolkit/host/qemu/boot.ts';
import { type BootReport, checkBoot, type Firmware } from '../../toolkit/host/qemu/index.ts';
import type { Machine } from '../../toolkit/host/qemu/machine.ts';
import { must } from './shell.ts';

/** Milliseconds for anything that is waited for, on a machine that has other work too. */
const LIMIT = 600_000;

/** What every machine of these tests has. */
const COMMON: Pick<Machine, 'secureBoot' | 'memoryMb' | 'cpus' | 'acceleration' | 'sshPort' | 'hasInternet'> =
  {
    ...{ memoryMb: 1024, cpus: 1, sshPort: undefined, hasInternet: false },
    secureBoot: undefined,
    acceleration: 'tcg',
  };

/** Who logs in to what was installed, and what is asked there. */
export interface FirstLogin {
  readonly user: string;
  readonly password: string;
  readonly commands: readonly string[];
  /** What opens its root. */
  readonly passphrase?: string;
}

/** Starts an installer medium with a disk that is written to. */
export async function startInstaller(
  iso: string,
  disk: string,
  firmware: Firmware,
  signal: AbortSignal,
  secureBoot?: Uint8Array,
): Promise<RunningMachine> {
  const drives = { image: iso, format: 'iso', bus: 'cdrom', data: disk } as const;
  const machine: Machine = { ...COMMON, ...drives, firmware, secureBoot };
  return await startMachine(machine, `${disk}.install.log`, signal);
}

/** Answers questions on the serial line: what is asked, and what is typed then. */
export async function answer(
  { serial }: RunningMachine,
  dialogue: readonly (readonly [asked: RegExp, typed: string])[],
  signal: AbortSignal,
): Promise<void> {
  for (const [asked, typed] of dialogue) {
    await serial.waitFor(asked, String(asked), LIMIT, signal);
    serial.send(`${typed}\n`);
  }
}

/** Waits for words on the serial line. */
export async function see({ serial }: RunningMachine, words: RegExp, signal: AbortSignal): Promise<void> {
  await serial.waitFor(words, String(words), LIMIT, signal);
}

/** Waits until the machine has switched itself off. */
export async function endOf({ ended }: RunningMachine): Promise<void> {
  expect(await ended).toBe(0);
}

/** Starts what was installed, without the medium, logs in and powers it off. */
export async function bootInstalled(
  disk: string,
  firmware: Firmware,
  { user, password, commands, passphrase }: FirstLogin,
  signal: AbortSignal,
  secureBoot?: Uint8Array,
): Promise<BootReport> {
  const machine: Machine = { ...COMMON, image: disk, format: 'raw', firmware, bus: 'virtio', secureBoot };
  const expected = {
    ...{ user, password, passphrase, sshKey: undefined, commands },
    ...{ timeoutMs: LIMIT, powerOff: 'button' as const },
  };
  return await checkBoot(machine, expected, `${disk}.boot.log`, signal);
}

/** What the LUKS2 container in a disk's third partition says of itself: JSON. */
export async function containerOf(disk: string): Promise<string> {
  const { stdout } = await must(['sfdisk', '-l', '-o', 'start', disk]);
  const start = Number(stdout.trim().split('\n').at(-1));
  await using file = await open(disk);
  const { buffer } = await file.read(Buffer.alloc(12288), 0, 12288, start * 512 + 4096);
  return buffer.toString('latin1').split('\0')[0]!;
}
