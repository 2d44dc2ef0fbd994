import { chmod, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageDisk } from '../../../toolkit/domain/image-config/disk.ts';
import type { Rootfs } from '../../../toolkit/domain/image-rootfs.ts';
import type { Root } from '../../../toolkit/domain/ports.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { writeDisk } from '../../../toolkit/stages/rootfs-to-disk/index.ts';
import { type EfiKey, makeEfiKey, secretLines, signerOf } from '../../support/efi-key.ts';
import { openTestHost } from '../../support/host.ts';
import { imageConfig, imageDisk, inTools, testProgram } from '../../support/image-host.ts';
import { storeOddTree } from '../../support/odd-tree.ts';
import { must } from '../../support/shell.ts';

const signal = new AbortController().signal;

let host: Host;
let tools: Root;
let folder: string;
let rootfs: Rootfs;
let own: EfiKey;
let other: EfiKey;

/** Path of a raw disk in the store. */
async function diskOf(changes: Partial<ImageDisk>, key: EfiKey | undefined): Promise<string> {
  const config = imageConfig({ disk: imageDisk({ boot: 'uefi', ...changes }) });
  const request = { config, rootfs, tools, program: testProgram(`${Math.random()}`) };
  const efiSigner = key === undefined ? undefined : await signerOf(key);
  const disk = await writeDisk({ ...request, efiSigner }, host, signal);
  const raw = (await host.store.find(disk.raw.sha256))!;
  const path = join(folder, `${disk.raw.sha256}.raw`);
  await copyFile(raw, path);
  await chmod(path, 0o644);
  return path;
}

/** What a script says that has programs of the ESP in its folder, by base name, and certificates in /in. */
async function ask(raw: string, script: string): Promise<string> {
  const copy = 'cd /tmp && mcopy -s -i /in/raw@@1M ::/ . && ';
  const files = { raw, 'own.pem': own.certificate, 'other.pem': other.certificate };
  return await inTools(['sh', '-c', `${copy}${script}`], files, host, tools, signal);
}

describe('programs for UEFI', () => {
  beforeAll(async () => {
    host = await openTestHost();
    tools = await host.roots.base('tools', signal);
    folder = await mkdtemp(join(tmpdir(), 'signed-boot-test-'));
    await chmod(folder, 0o755);
    own = await makeEfiKey(folder, 'own');
    other = await makeEfiKey(folder, 'other');
    const stub = ['base64', '-w0', '/usr/lib/systemd/boot/efi/linuxx64.efi.stub'] as const;
    const kernel = await inTools(stub, {}, host, tools, signal);
    rootfs = await storeOddTree(host, Buffer.from(kernel, 'base64'), signal);
  });

  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    await host?.[Symbol.asyncDispose]();
  });

  const UKI = 'EFI/Linux/trial-1.0.efi';
  it.each([
    ['uki', ['EFI/BOOT/BOOTX64.EFI']],
    ['systemd-boot', ['EFI/BOOT/BOOTX64.EFI', UKI]],
    ['grub', ['EFI/BOOT/BOOTX64.EFI', UKI]],
  ] as const)('are signed with the key of the configuration: %s', async (loader, programs) => {
    const raw = await diskOf({ loader }, own);
    expect((await ask(raw, 'find . -name "*.efi" -o -name "*.EFI"')).trim().split('\n').sort()).toEqual(
      programs.map((name) => `./${name}`),
    );
    for (const name of programs) {
      expect(await ask(raw, `sbverify --cert /in/own.pem ${name}`)).toContain('Signature verification OK');
      await expect(ask(raw, `sbverify --cert /in/other.pem ${name}`)).rejects.toThrow('verification failed');
    }
    // The same bytes at another time, under another key of the action.
    expect(await diskOf({ loader }, own)).toBe(raw);
  });

  it('carry what GRUB checks by itself: a detached signature, by the key that is in it', async () => {
    const raw = await diskOf({ loader: 'grub' }, own);
    expect(await ask(raw, 'objdump -h EFI/BOOT/BOOTX64.EFI')).toContain('.sbat');
    expect(await ask(raw, `od -An -tx1 -N 3 ${UKI}.sig`)).toMatch(/^ 89 0[12] /);
    expect(await ask(raw, 'ls')).not.toMatch(/grub|vmlinuz/);
  });

  it('are not signed where the configuration names no key', async () => {
    const raw = await diskOf({ loader: 'grub' }, undefined);
    await expect(ask(raw, 'sbverify --cert /in/own.pem EFI/BOOT/BOOTX64.EFI')).rejects.toThrow(
      'No signature table present',
    );
    expect(await ask(raw, 'ls grub vmlinuz')).toContain('grub.cfg');
  });

  it('leave nothing of the key behind', async () => {
    await diskOf({ loader: 'grub' }, own);
    const line = (await secretLines(own))[3]!;
    // What others write there meanwhile may be large, and go again: lines end at zeros, so that they are short.
    const wanted = `-type f -size -400M \\( -newer '${own.key}' -o -samefile '${own.key}' \\)`;
    const script = `find '${host.store.root}' '${folder}' ${wanted} -print0 | xargs -0 grep -zslaF '${line}' || true`;
    const found = await must(['sh', '-c', script]);
    expect(found.stdout.trim()).toBe(own.key);
  });
});
