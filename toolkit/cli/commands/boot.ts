import { X509Certificate } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { disksBeside } from '../../config/image-disks.ts';
import { hostError, usageError } from '../../domain/errors.ts';
import { ensureBootTools } from '../../host/preflight.ts';
import {
  type BootFormat,
  type Bus,
  checkBoot,
  type DiskFormat,
  type Firmware,
  freePort,
  type Machine,
  runMachineOnTerminal,
} from '../../host/qemu/index.ts';
import { interruption } from '../interrupt.ts';
import { type CommandOptions, createReporter, wantsJson } from '../session.ts';

interface BootOptions extends CommandOptions {
  readonly firmware: Firmware;
  readonly secureBoot?: string;
  readonly bus?: Bus;
  readonly data?: string;
  readonly disk?: readonly string[];
  readonly memory: string;
  readonly sshPort?: string;
  readonly internet?: boolean;
  readonly check?: boolean;
  readonly user: string;
  readonly passwordFile?: string;
  readonly passphraseFile?: string;
  readonly sshKey?: string;
  readonly run?: readonly string[];
  readonly log?: string;
  readonly timeout: string;
}

/** `distrokit boot IMAGE`: the image in QEMU, on this terminal; the image itself stays as it is. */
export function addBootCommand(program: Command): void {
  program
    .command('boot')
    .description('start an image in QEMU on this terminal (Ctrl-A X ends it); the image stays as it is')
    .argument('<image>', 'raw, vhd, vhdx, qcow2, vmdk, vdi or iso file; an ipxe file starts over a network')
    .addOption(new Option('--firmware <kind>', 'how it starts').choices(['uefi', 'bios']).default('uefi'))
    .option('--secure-boot <certificate>', 'with Secure Boot on, and a UEFI that trusts only this one')
    .addOption(
      new Option('--bus <kind>', 'what it is to the machine').choices([
        'virtio',
        'ahci',
        'nvme',
        'scsi',
        'cdrom',
      ]),
    )
    .option(
      '--disk <file...>',
      'further disks of the machine, which stay as they are (default: those of the image, beside it)',
    )
    .option('--data <file>', 'another disk of the machine, raw, which is written to')
    .option('--memory <MiB>', 'memory of the machine', '1024')
    .option('--ssh-port <port>', 'port of 127.0.0.1 that leads to its ssh (default: a free one)')
    .option('--internet', 'let it reach what this host reaches')
    .option('--check', 'ask of it what a person would, power it off, and report')
    .option('--user <name>', 'with --check: who logs in', 'root')
    .option('--password-file <file>', 'with --check: file whose first line is the password')
    .option('--passphrase-file <file>', 'with --check: file whose first line opens an encrypted root')
    .option('--ssh-key <file>', 'with --check: private key for ssh')
    .option('--run <command...>', 'with --check: commands that must succeed')
    .option('--log <file>', 'with --check: keep the serial console here')
    .option('--timeout <seconds>', 'with --check: how long to wait for each thing', '180')
    .option('--json', 'the report as JSON')
    .action(boot);
}

async function boot(image: string, options: BootOptions): Promise<void> {
  const signal = interruption();
  using reporter = createReporter(wantsJson(options, process.env));
  await ensureBootTools(reporter, signal);
  const machine = await machineOf(image, options);
  if (options.check === true) return await check(machine, options, signal);
  process.stderr.write(
    `ssh -p ${machine.sshPort} ${options.user}@127.0.0.1   reaches it; Ctrl-A X ends it\n`,
  );
  const code = await runMachineOnTerminal(machine, signal);
  if (code !== 0 && !signal.aborted) throw hostError('QEMU_FAILED', `QEMU ended with exit code ${code}`);
}

const FORMATS: Readonly<Record<string, BootFormat>> = {
  raw: 'raw',
  img: 'raw',
  vhd: 'vhd',
  vhdx: 'vhdx',
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vdi: 'vdi',
  iso: 'iso',
  ipxe: 'pxe',
};

const DISK_ENDINGS = Object.keys(FORMATS).filter((ending) => ending !== 'iso' && ending !== 'ipxe');

async function machineOf(image: string, options: BootOptions): Promise<Machine> {
  const extension = image.slice(image.lastIndexOf('.') + 1).toLowerCase();
  const format = FORMATS[extension];
  if (format === undefined) {
    throw usageError('IMAGE_UNKNOWN', `${image}: no bootable image by its name`, {
      hint: `Known endings: ${Object.keys(FORMATS).join(', ')}.`,
    });
  }
  const path = resolve(image);
  await access(path).catch((cause: unknown) => {
    throw usageError('IMAGE_MISSING', `${image}: no such file`, { cause, hint: "'make image' makes it." });
  });
  const isDisk = format !== 'iso' && format !== 'pxe';
  const named = options.disk ?? (isDisk ? await disksBeside(path, DISK_ENDINGS) : []);
  const disks = await Promise.all(named.map(furtherDisk));
  const { data } = options;
  if (data !== undefined) {
    await access(data).catch((cause: unknown) => {
      throw usageError('DISK_MISSING', `${data}: no such file`, {
        cause,
        hint: `Make an empty disk: truncate -s 1G ${data}`,
      });
    });
  }
  return {
    ...(data === undefined ? {} : { data: resolve(data) }),
    ...(disks.length === 0 ? {} : { disks }),
    image: path,
    format,
    firmware: options.firmware,
    secureBoot: options.secureBoot === undefined ? undefined : await certificateOf(options),
    bus: options.bus ?? (format === 'iso' ? 'cdrom' : 'virtio'),
    memoryMb: number(options.memory, '--memory'),
    cpus: 2,
    // Hardware acceleration is often there and broken inside other virtual machines.
    acceleration: 'tcg',
    sshPort: options.sshPort === undefined ? await freePort() : number(options.sshPort, '--ssh-port'),
    hasInternet: options.internet === true,
  };
}

async function furtherDisk(named: string): Promise<{ readonly path: string; readonly format: DiskFormat }> {
  const format = FORMATS[named.slice(named.lastIndexOf('.') + 1).toLowerCase()];
  if (format === undefined || format === 'iso' || format === 'pxe') {
    throw usageError('IMAGE_UNKNOWN', `${named}: no disk by its name`, {
      hint: `Known endings: ${DISK_ENDINGS.join(', ')}.`,
    });
  }
  const path = resolve(named);
  await access(path).catch((cause: unknown) => {
    throw usageError('DISK_MISSING', `${named}: no such file`, { cause, hint: "'make image' makes it." });
  });
  return { path, format };
}

/** In DER. */
async function certificateOf({ secureBoot = '', firmware }: BootOptions): Promise<Uint8Array> {
  if (firmware === 'bios')
    throw usageError('OPTION_INVALID', 'Secure Boot is a part of UEFI: leave out --firmware bios');
  const bytes = await readFile(secureBoot).catch((cause: unknown) => {
    throw usageError('CERTIFICATE_MISSING', `${secureBoot}: no such file`, { cause });
  });
  try {
    return new X509Certificate(bytes).raw;
  } catch (cause) {
    throw usageError('CERTIFICATE_INVALID', `${secureBoot} is no X.509 certificate`, { cause });
  }
}

async function check(machine: Machine, options: BootOptions, signal: AbortSignal): Promise<void> {
  const firstLine = async (path: string | undefined): Promise<string | undefined> =>
    path === undefined ? undefined : (await readFile(path, 'utf8')).split('\n')[0];
  const expected = {
    user: options.user,
    password: await firstLine(options.passwordFile),
    passphrase: await firstLine(options.passphraseFile),
    sshKey: options.sshKey === undefined ? undefined : resolve(options.sshKey),
    commands: options.run ?? [],
    timeoutMs: number(options.timeout, '--timeout') * 1000,
    powerOff: 'command',
  } as const;
  const report = await checkBoot(machine, expected, options.log, signal);
  process.stdout.write(`${JSON.stringify({ type: 'result', result: report })}\n`);
}

function number(text: string, option: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw usageError('OPTION_INVALID', `${option} is '${text}'; it takes a whole number`);
}
