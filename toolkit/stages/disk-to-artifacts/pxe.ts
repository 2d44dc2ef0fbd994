import type { PartitionNames } from '../../domain/fstab.ts';
import type { ImageConfig } from '../../domain/image.ts';
import { liveCommandLine } from '../../domain/image-boot.ts';
import { wantsBootInterface } from '../../domain/image-boot-interface.ts';
import type { Step } from '../../domain/image-steps.ts';
import { partitionNames } from '../../domain/live-mounts.ts';
import { squash } from '../../domain/read-only-tree.ts';
import { livePartsOf } from './live.ts';
import { type StepInput, WORK } from './steps.ts';
import type { ArtifactsRequest, PxePart } from './types.ts';

type Names = Pick<ImageConfig, 'artifactName' | 'version'>;

const ENDINGS: Readonly<Record<PxePart, string>> = {
  kernel: 'pxe.vmlinuz',
  initrd: 'pxe.initrd.img',
  root: 'pxe.root.img',
  script: 'ipxe',
};
const PARTS: readonly PxePart[] = ['kernel', 'initrd', 'root', 'script'];

/** As pxelinux tells it: iPXE puts the address of the interface that it used there. Source: iPXE's settings. */
const TELL_INTERFACE = `BOOTIF=01-\${netX/mac:hexhyp}`;

/** The files that a machine is started from over a network, by their names. */
export function pxeFiles({
  artifactName,
  version,
}: Names): { readonly part: PxePart; readonly name: string }[] {
  return pxePartNames(`${artifactName}-${version}`);
}

/** The same, where `stem` is what their names have in common. */
export function pxePartNames(stem: string): { readonly part: PxePart; readonly name: string }[] {
  return PARTS.map((part) => ({ part, name: `${stem}.${ENDINGS[part]}` }));
}

export interface PxePlan {
  readonly commandLine: string;
  /** Partitions that the live system's fstab is not to name. */
  readonly hidden: readonly PartitionNames[];
  readonly inputs: readonly StepInput[];
  readonly steps: readonly Step[];
}

/**
 * A live system over a network. Both images are initramfs archives that are not compressed, with sizes that are
 * multiples of 512: loaders put them one after the other, and the kernel reads them as one. The steps leave
 * `root.squashfs` in `WORK`, which goes into the second one; they expect `live.tar` there.
 */
export function planPxe(request: ArtifactsRequest): PxePlan {
  const { config, rootfs } = request;
  const { identity } = livePartsOf(request);
  const { epoch, top } = rootfs;
  const bootInterface = wantsBootInterface(config.networks) ? [TELL_INTERFACE] : [];
  return {
    commandLine: [liveCommandLine(config, identity.isoLabel), ...bootInterface].join(' '),
    hidden: partitionNames(config),
    inputs: [],
    steps: [squash(epoch, top, { tar: `${WORK}/live.tar`, output: `${WORK}/root.squashfs` })],
  };
}

/**
 * The script that starts the files beside it, where its own name is `name`. They count from where it came from, be it
 * TFTP or HTTP. `initrd=` is for UEFI, where the kernel asks for the images by name.
 * Source: iPXE's `kernel` and `initrd`; Linux, Documentation/admin-guide/efi-stub.rst.
 */
export function ipxeScript(name: string, commandLine: string): string {
  const stem = name.slice(0, -ENDINGS.script.length);
  const images = ['initrd', 'root'] as const;
  const words = [...images.map((part) => `initrd=${part}.img`), commandLine].join(' ');
  return [
    '#!ipxe',
    `kernel ${stem}${ENDINGS.kernel} ${words}`,
    ...images.map((part) => `initrd --name ${part}.img ${stem}${ENDINGS[part]}`),
    'boot',
    '',
  ].join('\n');
}
