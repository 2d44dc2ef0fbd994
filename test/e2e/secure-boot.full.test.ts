import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, USER, warmClone } from '../support/checkout.ts';
import { type EfiKey, makeEfiKey } from '../support/efi-key.ts';
import { bootArtifact, type Login, makeLogin } from '../support/images.ts';
import { must, type Run } from '../support/shell.ts';

/** Seconds for each thing that a machine does, on a busy host too. */
const TIMEOUT = 900;

const LOADERS = ['uki', 'systemd-boot', 'grub'];

describe.runIf(isRoot())('a machine with Secure Boot that trusts one key', () => {
  let home: string;
  let login: Login;
  let clone: Clone;
  let own: EfiKey;
  let other: EfiKey;

  beforeAll(async () => {
    home = await testHome('secure-boot');
    login = await makeLogin(home);
    clone = await warmClone(home);
    const folder = join(clone.dir, 'configs');
    own = await makeEfiKey(folder, 'own');
    other = await makeEfiKey(folder, 'other');
    await must(['chown', USER, own.key, own.certificate, other.key, other.certificate]);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  async function make(
    name: string,
    loader: string,
    key: EfiKey | undefined,
    format = 'raw',
  ): Promise<string> {
    const signed =
      key === undefined ? '' : `  secureBoot: {key: ${key.key}, certificate: ${key.certificate}}\n`;
    const disk = `disk:\n  boot: uefi\n  loader: ${loader}\n${signed}`;
    const text = `extends: minimal.yaml\nformats: !replace [${format}]\n${login.yaml}${disk}`;
    await writeFile(join(clone.dir, `configs/${name}.yaml`), text);
    await clone.must(['make', 'image', `CONFIG=configs/${name}.yaml`]);
    return join(clone.dir, `images/${name}/${name}-1.0.${format}`);
  }

  /** Starts what is not to start; the firmware says so on the serial line. */
  async function refused(raw: string): Promise<Run> {
    const trusting = ['--secure-boot', own.certificate, '--timeout', String(TIMEOUT)];
    return await clone.run(['toolkit/distrokit', 'boot', raw, '--check', ...trusting]);
  }

  it.each(LOADERS)('starts what is signed with it, by %s', async (loader) => {
    await make(`signed-${loader}`, loader, own);
    await bootArtifact(clone, `signed-${loader}`, login, ['raw', 'uefi', 'virtio'], {
      timeoutS: TIMEOUT,
      secureBoot: own.certificate,
      commands: ['dmesg | grep -i "secure boot enabled"'],
    });
  });

  it.each(LOADERS)('starts nothing that is not signed, nor what another key signed: %s', async (loader) => {
    const images = [
      await make(`unsigned-${loader}`, loader, undefined),
      await make(`other-${loader}`, loader, other),
    ];
    for (const raw of images) {
      const { code, stderr } = await refused(raw);
      expect(stderr).toContain('Access Denied');
      expect(code).toBe(1);
    }
  });

  // The firmware checks a unified kernel image that it starts, and the one that a loader starts.
  it.each([
    ['uki', 'Access Denied'],
    ['systemd-boot', 'Error loading'],
    ['grub', 'error: bad signature'],
  ])('starts nothing that was changed since, not the command line either: %s', async (loader, message) => {
    const raw = await make(`changed-${loader}`, loader, own);
    const at = (await readFile(raw)).indexOf('console=ttyS0,115200');
    expect(at).toBeGreaterThan(0);
    await using file = await open(raw, 'r+');
    await file.write(Buffer.from('C'), 0, 1, at);
    const { code, stderr } = await refused(raw);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  it('starts an ISO that is signed with it, and none that is not, or was changed since', async () => {
    const iso = await make('signed-iso', 'uki', own, 'iso');
    await bootArtifact(clone, 'signed-iso', login, ['iso', 'uefi', 'cdrom'], {
      timeoutS: TIMEOUT,
      secureBoot: own.certificate,
      commands: ['dmesg | grep -i "secure boot enabled"'],
    });
    // The menu of GRUB is there for a BIOS, and has the command line, too: of the kernel image it is the last one.
    const at = (await readFile(iso)).lastIndexOf('console=ttyS0,115200');
    expect(at).toBeGreaterThan(0);
    const changed = `${iso}.changed.iso`;
    await must(['cp', iso, changed]);
    {
      await using file = await open(changed, 'r+');
      await file.write(Buffer.from('C'), 0, 1, at);
    }
    for (const refusedIso of [
      changed,
      await make('unsigned-iso', 'uki', undefined, 'iso'),
      await make('other-iso', 'uki', other, 'iso'),
    ]) {
      const { code, stderr } = await refused(refusedIso);
      expect(stderr).toContain('Access Denied');
      expect(code).toBe(1);
    }
  });
});
