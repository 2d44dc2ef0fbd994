import { access } from 'node:fs/promises';
import { hostError } from '../../domain/errors.ts';

/** Where distributions put OVMF: code and an empty set of variables. */
const CANDIDATES = [
  ['/usr/share/OVMF/OVMF_CODE_4M.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
] as const;

/** The same, with Secure Boot: it wants SMM. No key is enrolled. */
const SECURE_CANDIDATES = [
  ['/usr/share/OVMF/OVMF_CODE_4M.secboot.fd', '/usr/share/OVMF/OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF/OVMF_CODE.secboot.fd', '/usr/share/OVMF/OVMF_VARS.fd'],
  ['/usr/share/edk2/ovmf/OVMF_CODE.secboot.fd', '/usr/share/edk2/ovmf/OVMF_VARS.fd'],
  ['/usr/share/edk2/x64/OVMF_CODE.secboot.4m.fd', '/usr/share/edk2/x64/OVMF_VARS.4m.fd'],
] as const;

export interface UefiFirmware {
  readonly code: string;
  readonly variables: string;
}

/** UEFI firmware for QEMU on this host, with Secure Boot or without. Throws `OVMF_MISSING`. */
export async function findUefi(isSecure: boolean): Promise<UefiFirmware> {
  for (const [code, variables] of isSecure ? SECURE_CANDIDATES : CANDIDATES) {
    const found = await Promise.all([access(code), access(variables)]).then(
      () => true,
      () => false,
    );
    if (found) return { code, variables };
  }
  throw hostError(
    'OVMF_MISSING',
    `There is no UEFI firmware ${isSecure ? 'with Secure Boot ' : ''}for QEMU on this host`,
    {
      hint: 'Install it: apt-get install ovmf (or edk2-ovmf), or boot with --firmware bios.',
    },
  );
}
