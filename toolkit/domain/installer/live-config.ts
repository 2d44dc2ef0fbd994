import type { ImageConfig } from '../image.ts';
import type { RpmPackage } from '../package.ts';

/** What the system on an installer medium is made of, beside the kernel that it installs. */
const PACKAGES = ['filesystem', 'busybox', 'distrokit-release', 'distrokit-installer'] as const;

/** What starts a medium whose image has no kernel. */
const KERNEL = 'kernel';

/** Where packages have programs of the installer. */
const CONSOLE = '/usr/libexec/distrokit/installer/console';

const NO_DISK = {
  partitions: [],
  encryption: undefined,
  verity: undefined,
  usrVerity: undefined,
  secureBoot: undefined,
  rawBinaries: [],
};

/** As distrokit-init's, with the installer in place of logins. */
const INITTAB = [
  '::sysinit:/etc/init.d/rcS',
  `::respawn:${CONSOLE} ttyS0`,
  `::respawn:${CONSOLE} tty1`,
  '::ctrlaltdel:/sbin/reboot',
  '::shutdown:/etc/init.d/rcK',
  '::restart:/sbin/init',
];

/** Packages that have to be there to make the images of a configuration. */
export function wantedPackages(config: ImageConfig): readonly string[] {
  if (config.installer === undefined) return config.packages;
  const installed = [config, ...config.systems].flatMap(({ packages }) => packages);
  // What nothing starts may have no kernel, and the medium wants one.
  const kernel = config.disk.boot === 'none' ? [KERNEL] : [];
  return [...new Set([...installed, ...ownPackages(config), ...kernel])];
}

function ownPackages(config: ImageConfig): readonly string[] {
  const encrypts = [config, ...config.systems].some(({ disk }) => disk.encryption !== undefined);
  return [
    ...PACKAGES,
    ...(encrypts ? ['cryptsetup'] : []),
    // What most scripts of the user ask for in their first line.
    ...(config.installer?.kickstart ? ['bash'] : []),
  ];
}

/**
 * The system that runs from an installer medium: the installer and what it needs, none of what it installs but the
 * kernel. `packages` are those of the image.
 */
export function installerConfig(config: ImageConfig, packages: readonly RpmPackage[]): ImageConfig {
  const found = packages.filter(({ files }) => files.some(({ path }) => path.startsWith('/boot/vmlinuz-')));
  const kernels = found.length === 0 ? [KERNEL] : found.map(({ name }) => name);
  return {
    ...config,
    name: `${config.name}-installer`,
    packages: [...ownPackages(config), ...kernels],
    ...{ removePackages: [], hostname: 'installer', locale: undefined, keymap: undefined },
    ...{
      timezone: undefined,
      machineId: 'empty',
      hidepid: false,
      liveRoot: 'medium',
      kernelArgs: '',
      groups: [],
      users: [],
    },
    selinux: { ...config.selinux, mode: 'disabled' },
    ...{ folders: [], links: [], mediumFiles: [] },
    files: [
      {
        ...{ path: '/etc/inittab', mode: 0o644, owner: undefined, group: undefined },
        content: { kind: 'text', text: INITTAB.map((line) => `${line}\n`).join('') },
      },
    ],
    services: { enable: [], disable: [], mask: [] },
    ...{ networks: [], repositories: [], scripts: { preInstall: [], postInstall: [], finalize: [] } },
    rpm: { docs: false, locales: [], database: 'keep', cache: 'remove' },
    // Disks and what is on them are the installed system's.
    disk: { ...config.disk, ...NO_DISK },
    ...{ installer: undefined, systems: [], formats: ['iso'] },
    ...{ otherArtifacts: [], otherDisks: [], overlays: [] },
  };
}
