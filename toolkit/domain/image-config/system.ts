import type { Sha256 } from '../digest.ts';

/** A group of the image. */
export interface ImageGroup {
  readonly name: string;
  /** Undefined takes the next free one from 1000. */
  readonly gid: number | undefined;
}

export interface ImageScript {
  /** File name, for messages. */
  readonly name: string;
  /** Absolute path on the host, or the text itself. */
  readonly content: { readonly path: string; readonly sha256?: Sha256 } | { readonly text: string };
  readonly args: readonly string[];
  /** How long it may take. */
  readonly timeoutSeconds: number;
  /** Program of the image that runs it; else its first line says. */
  readonly interpreter?: string;
  /** Variables that it gets beside the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Programs of the user, each kind in its order. */
export interface ImageScripts {
  /** In the installer, before anything is written. */
  readonly preInstall: readonly ImageScript[];
  /** In the image, when all packages and files are there. */
  readonly postInstall: readonly ImageScript[];
  /** In the image, last of all. */
  readonly finalize: readonly ImageScript[];
}

export const networkMethods = ['dhcp', 'static', 'bootp', 'ibft'] as const;

/** A network device of the running system. */
export interface ImageNetwork {
  /** Name or pattern of the device, or its MAC address; `bootif`: the one that the system was loaded by. */
  readonly device: string;
  readonly method: (typeof networkMethods)[number];
  /** With the length of the prefix, as `192.0.2.7/24`. */
  readonly addresses: readonly string[];
  readonly gateway: string | undefined;
  readonly dns: readonly string[];
  /** False: only while it is installed. */
  readonly onBoot: boolean;
}

/** An overlay file system that the running system mounts. Paths are absolute. */
export interface ImageOverlay {
  readonly mount: string;
  /** What is read, the first on top. */
  readonly lower: readonly string[];
  /** What is written to, and what for; both in one file system. */
  readonly upper: string;
  readonly work: string;
  /** Mount points that have to be there before. */
  readonly after: readonly string[];
  readonly options: string | undefined;
  /** Whether an initramfs mounts it, before the first program is started. */
  readonly early: boolean;
}

/** A package server of the running system. */
export interface ImageRepository {
  readonly name: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly gpgCheck: boolean;
  readonly repoGpgCheck: boolean;
  readonly gpgKeys: readonly string[];
  /** False: only while it is installed. */
  readonly install: boolean;
}

export const selinuxModes = ['disabled', 'permissive', 'enforcing', 'force-enforcing'] as const;

export interface ImageSelinux {
  readonly mode: (typeof selinuxModes)[number];
  /** Package of the policy. */
  readonly policy: string;
}

/** What rpm leaves in the image. */
export interface ImageRpm {
  readonly docs: boolean;
  /** Languages whose files are installed; undefined: all. */
  readonly locales: readonly string[] | undefined;
  /** `remove`: the image has a list of its packages instead. */
  readonly database: 'keep' | 'remove';
  readonly cache: 'keep' | 'remove';
}

/** What a machine does when the system is on its disk. */
export const afterwardsKinds = ['power-off', 'reboot'] as const;

export const encryptionChoices = ['always', 'optional'] as const;

/** How the configuration is installed from a medium; its presence asks for such a medium. */
export interface ImageInstaller {
  /** Device that it goes to without asking, `only` or `largest` for the only or largest disk; undefined asks. */
  readonly target: string | undefined;
  readonly afterwards: (typeof afterwardsKinds)[number];
  /** Whether who is asked may leave a root that `disk.encryption` encrypts as it is. */
  readonly encryption: (typeof encryptionChoices)[number];
  /** Whether a script of the user makes the partitions. */
  readonly kickstart: boolean;
}
