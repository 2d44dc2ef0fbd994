import { type ImageConfig, wantsDisk } from '../../domain/image.ts';
import { BOOT_INTERFACE, bootInterfaceFiles } from '../../domain/image-boot-interface.ts';
import type { ImageNetwork, ImageRepository } from '../../domain/image-config/system.ts';
import { growFiles } from '../../domain/image-grow.ts';
import { imageIdentity } from '../../domain/image-identity.ts';
import type { ComposeFile } from '../../domain/image-job.ts';
import { mountLines } from '../../domain/image-mounts.ts';
import { allDisks } from '../../domain/image-other-disks.ts';
import { overlayLine } from '../../domain/image-overlays.ts';
import { OVERLAY_PROGRAM } from '../../domain/image-verity.ts';
import { overlayProgram } from '../../domain/verity-overlays.ts';
import type { BaseMounts } from './types.ts';

/** Before those of packages, and of nobody's: systemd.preset(5) reads them in the order of their names. */
export const PRESET = '/etc/systemd/system-preset/00-image.preset';
const UNIT_ENDING = /\.(?:service|socket|target|timer|path|mount|automount|swap|slice|device|scope)$/;

/**
 * The files of /etc that keys of a configuration stand for; its own files come after them. `preset` is what an image that
 * is changed has of services. Pure.
 */
export function systemFiles(config: ImageConfig, preset?: string): ComposeFile[] {
  return [
    textFile('/etc/hostname', [config.hostname]),
    ...(config.locale === undefined ? [] : [textFile('/etc/locale.conf', [`LANG=${config.locale}`])]),
    ...(config.keymap === undefined ? [] : [textFile('/etc/vconsole.conf', [`KEYMAP=${config.keymap}`])]),
    ...networkFiles(config.networks.filter(({ onBoot }) => onBoot)),
    ...config.repositories.filter(({ install }) => install).map(repositoryFile),
    ...presetFile(config, preset),
    ...macroFile(config),
    ...overlayFile(config),
  ];
}

/** What rpm leaves out of packages; the image's own rpm goes on so. Source: rpm 4.20, macros.in. */
export function rpmMacros({ rpm }: ImageConfig): Record<string, string> {
  return {
    ...(rpm.docs ? {} : { _excludedocs: '1' }),
    // No language is called so: nothing that belongs to one is installed.
    ...(rpm.locales === undefined ? {} : { _install_langs: rpm.locales.join(':') || 'none' }),
  };
}

/**
 * A system whose id is not set yet applies presets at its first start: what the configuration turned off would be on
 * again. What an image had before stays, but of units that are named now. Source: systemd 257, `manager_preset_all`;
 * systemd.preset(5), machine-id(5).
 */
function presetFile({ machineId, services }: ImageConfig, before: string | undefined): ComposeFile[] {
  if (machineId !== 'uninitialized' && before === undefined) return [];
  const lines = (['enable', 'disable'] as const).flatMap((verb) =>
    services[verb].map((unit) => `${verb} ${unitName(unit)}`),
  );
  if (lines.length === 0) return [];
  const unitOf = (line: string): string => line.slice(line.indexOf(' ') + 1);
  const named = new Set(lines.map(unitOf));
  const kept = (before ?? '').split('\n').filter((line) => line !== '' && !named.has(unitOf(line)));
  return [textFile(PRESET, [...lines, ...kept])];
}

/** As systemctl completes it. */
function unitName(unit: string): string {
  return UNIT_ENDING.test(unit) ? unit : `${unit}.service`;
}

function macroFile(config: ImageConfig): ComposeFile[] {
  const lines = Object.entries(rpmMacros(config)).map(([name, body]) => `%${name} ${body}`);
  return lines.length === 0 ? [] : [textFile('/usr/lib/rpm/macros.d/macros.image', lines)];
}

function overlayFile({ disk: { verity } }: ImageConfig): ComposeFile[] {
  if (verity === undefined || verity.overlays.length === 0) return [];
  return [{ path: OVERLAY_PROGRAM, mode: 0o755, content: { text: overlayProgram(verity) } }];
}

/**
 * /etc/fstab, where there is something to mount; of an image that is changed what its own does not say. With it comes
 * what makes a partition grow, where the image has the programs for that (`canGrow`).
 */
export function mountTable(config: ImageConfig, canGrow = false, base?: BaseMounts): ComposeFile[] {
  const isKept = base?.keepsDisk === true && base.isMadeAnew !== true;
  const ownDisk = isKept || !wantsDisk(config);
  const identity = imageIdentity(config);
  const disk = ownDisk ? [] : mountLines(config.disk, identity, canGrow, allDisks(config).slice(1));
  const kept = base?.lines ?? [];
  const hidesAlready = kept.some((line) => /^proc\s.*\bhidepid=[12]/.test(line));
  const hidden = config.hidepid && !hidesAlready ? ['proc /proc proc defaults,hidepid=2 0 0'] : [];
  const overlays = config.overlays.map(overlayLine);
  const others = kept.filter((line) => !overlays.includes(line));
  const added = [...disk, ...hidden, ...overlays];
  const table =
    added.length === 0 ? [] : [textFile('/etc/fstab', [...disk, ...others, ...hidden, ...overlays])];
  return !ownDisk && canGrow ? [...table, ...growFiles(config.disk, identity)] : table;
}

/** Source: systemd.network(5). */
function networkFiles(networks: readonly ImageNetwork[]): ComposeFile[] {
  const files = networks.map(({ device, method, addresses, gateway, dns }, index) => ({
    device,
    name: `${String(10 + index)}-${method}-${device.replace(/[^\w-]+/g, '_')}.network`,
    lines: [
      '[Network]',
      ...(method === 'dhcp' ? ['DHCP=yes'] : []),
      ...addresses.map((address) => `Address=${address}`),
      ...(gateway === undefined ? [] : [`Gateway=${gateway}`]),
      ...dns.map((server) => `DNS=${server}`),
    ],
  }));
  const known = files.filter(({ device }) => device !== BOOT_INTERFACE);
  return [
    ...known.map(({ device, name, lines }) => {
      const isMac = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(device);
      const match = ['[Match]', `${isMac ? 'MACAddress' : 'Name'}=${device}`, ''];
      return textFile(`/etc/systemd/network/${name}`, [...match, ...lines]);
    }),
    ...bootInterfaceFiles(files.filter(({ device }) => device === BOOT_INTERFACE)),
  ];
}

/** Source: dnf.conf(5). */
function repositoryFile(repository: ImageRepository): ComposeFile {
  const { name, url, enabled, gpgCheck, repoGpgCheck, gpgKeys } = repository;
  return textFile(`/etc/yum.repos.d/${name}.repo`, [
    `[${name}]`,
    `name=${name}`,
    `baseurl=${url}`,
    `enabled=${Number(enabled)}`,
    `gpgcheck=${Number(gpgCheck)}`,
    `repo_gpgcheck=${Number(repoGpgCheck)}`,
    ...(gpgKeys.length === 0 ? [] : [`gpgkey=${gpgKeys.join(' ')}`]),
  ]);
}

function textFile(path: string, lines: readonly string[]): ComposeFile {
  return { path, mode: 0o644, content: { text: lines.map((line) => `${line}\n`).join('') } };
}
