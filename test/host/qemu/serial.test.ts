import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { SerialSession } from '../../../toolkit/host/qemu/serial.ts';

const signal = new AbortController().signal;

function session(log?: string) {
  const output = new PassThrough();
  const input = new PassThrough();
  return { output, input, serial: new SerialSession(output, input, log) };
}

describe('SerialSession', () => {
  it('finds what comes in pieces, and forgets it', async () => {
    const { output, serial } = session();
    const found = serial.waitFor(/login: /, 'login prompt', 1000, signal);
    output.write('host log');
    output.write('in: ');
    expect((await found)[0]).toBe('login: ');
    await expect(serial.waitFor(/login: /, 'second prompt', 50, signal)).rejects.toMatchObject({
      code: 'BOOT_TIMED_OUT',
    });
  });

  it('finds what was said before it was asked', async () => {
    const { output, serial } = session();
    output.write('one two three');
    await serial.waitFor(/one/, 'one', 1000, signal);
    const end = await serial.waitFor(/th(r)ee/, 'three', 1000, signal);
    expect([end[1], end.input.slice(0, end.index)]).toEqual(['r', ' two ']);
  });

  it('says what it waited for, for how long, and what the machine said last', async () => {
    const { output, serial } = session();
    output.write('mounting\r\nno root\r\n');
    await expect(serial.waitFor(/login/, 'login prompt', 30, signal)).rejects.toThrow(
      /login prompt: not seen within 0\.03 s.*no root/s,
    );
  });

  it('fails at once when the kernel gives up', async () => {
    const { output, serial } = session();
    const found = serial.waitFor(/login/, 'login prompt', 10_000, signal);
    output.write('[ 1.0] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n');
    await expect(found).rejects.toMatchObject({
      code: 'BOOT_FAILED',
      message: expect.stringContaining('VFS: Unable'),
    });
  });

  it.each([
    'BdsDxe: failed to load Boot0001 "UEFI Misc Device": Access Denied',
    'BdsDxe: failed to start Boot0001 "UEFI Misc Device" from PciRoot(0x0)/Pci(0x3,0x0): Access Denied',
    'error: bad signature.',
    'distrokit: the verified root cannot be opened: Required key not available',
  ])('fails at once where nothing starts any more: %s', async (said) => {
    const { output, serial } = session();
    const found = serial.waitFor(/login/, 'login prompt', 10_000, signal);
    output.write(`starting\r\n${said}\r\n`);
    await expect(found).rejects.toMatchObject({
      code: 'BOOT_FAILED',
      message: expect.stringContaining(said.replace(/^BdsDxe: /, '')),
    });
  });

  it('fails at once when the machine stops', async () => {
    const { output, serial } = session();
    const found = serial.waitFor(/login/, 'login prompt', 10_000, signal);
    output.destroy();
    await expect(found).rejects.toMatchObject({ code: 'BOOT_ENDED' });
    await expect(serial.waitFor(/x/, 'x', 10_000, signal)).rejects.toMatchObject({ code: 'BOOT_ENDED' });
  });

  it('stops when it is told to, with the reason', async () => {
    const { serial } = session();
    const stop = new AbortController();
    const found = serial.waitFor(/login/, 'login prompt', 10_000, stop.signal);
    stop.abort(new Error('interrupted'));
    await expect(found).rejects.toThrow('interrupted');
  });

  it('keeps a log, and types', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'serial-'));
    try {
      const { output, input, serial } = session(join(folder, 'log'));
      output.write('hello\r\n');
      await serial.waitFor(/hello/, 'hello', 1000, signal);
      serial.send('root\n');
      expect(input.read().toString()).toBe('root\n');
      await serial[Symbol.asyncDispose]();
      expect(await readFile(join(folder, 'log'), 'utf8')).toBe('hello\r\n');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
