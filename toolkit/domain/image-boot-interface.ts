import type { ImageNetwork } from './image-config/system.ts';
import type { ComposeFile } from './image-job.ts';

/** The device of a network that is known at each start only: the one that the system was loaded by. */
export const BOOT_INTERFACE = 'bootif';

const PROGRAM = '/usr/lib/distrokit/bootif';
const NETWORKS = '/usr/lib/distrokit/bootif.d';
const DROP_IN = '/usr/lib/systemd/system/systemd-networkd.service.d/10-bootif.conf';

/** What a boot loader tells is pxelinux's: type of the hardware, then the MAC address. Source: systemd.network(5). */
const SCRIPT = `#!/bin/sh
# Before systemd-networkd: its networks of the interface that the boot loader named (BOOTIF=).
root=$1
mac=
set -f
for word in $(cat "$root/proc/cmdline"); do
    case $word in BOOTIF=*) mac=\${word#BOOTIF=} ;; esac
done
set +f
case $mac in ??[-:]??[-:]??[-:]??[-:]??[-:]??[-:]??) mac=\${mac#???} ;; esac
case $mac in ??[-:]??[-:]??[-:]??[-:]??[-:]??) ;; *) exit 0 ;; esac
mkdir -p "$root/run/systemd/network"
for file in "$root${NETWORKS}"/*.network; do
    { printf '[Match]\\nMACAddress=%s\\n\\n' "$mac" && cat "$file"; } > "$root/run/systemd/network/\${file##*/}"
done
`;

/** Files that give such networks, by name, to systemd-networkd. `lines` are all but what matches the device. */
export function bootInterfaceFiles(
  networks: readonly { readonly name: string; readonly lines: readonly string[] }[],
): ComposeFile[] {
  if (networks.length === 0) return [];
  const file = (path: string, mode: number, text: string): ComposeFile => ({ path, mode, content: { text } });
  return [
    ...networks.map(({ name, lines }) =>
      file(`${NETWORKS}/${name}`, 0o644, lines.map((line) => `${line}\n`).join('')),
    ),
    file(PROGRAM, 0o755, SCRIPT),
    file(DROP_IN, 0o644, `[Service]\nExecStartPre=+/bin/sh ${PROGRAM}\n`),
  ];
}

/** Whether an image wants to be told by what interface it was loaded. */
export function wantsBootInterface(networks: readonly ImageNetwork[]): boolean {
  return networks.some(({ device, onBoot }) => onBoot && device === BOOT_INTERFACE);
}
