import { EFI_STUB } from '../../domain/image-rootfs.ts';
import type { Step } from '../../domain/image-steps.ts';
import type { BootRequest } from './boot-plan.ts';
import { IN, INITRD, WORK } from './places.ts';

/** File of `WORK` that `unifiedKernel` makes. */
export const UKI = 'uki.efi';
const OS_RELEASE = 'os-release.made';

/** A step that makes a unified kernel image, with the texts that it reads. */
export function unifiedKernel(request: BootRequest): {
  readonly step: Step;
  readonly texts: Readonly<Record<string, string>>;
} {
  const { rootfs, kernel, commandLine, loader, title, hasInitrd } = request;
  const hasRelease = rootfs.osRelease !== undefined;
  // systemd-boot shows none that does not say what it is.
  const texts = !hasRelease && loader === 'systemd-boot' ? { [OS_RELEASE]: `PRETTY_NAME="${title}"\n` } : {};
  const release = hasRelease ? [`${IN}/os-release`] : Object.keys(texts).map((name) => `${WORK}/${name}`);
  const step: Step = {
    argv: [
      ...([
        'ukify',
        'build',
        `--stub=${rootfs.efiStub === undefined ? EFI_STUB : `${IN}/efi-stub`}`,
        `--linux=${IN}/vmlinuz`,
        `--cmdline=${commandLine}`,
      ] as const),
      ...(hasInitrd ? [`--initrd=${IN}/${INITRD}`] : []),
      ...[`--uname=${kernel.release}`, ...release.map((path) => `--os-release=@${path}`)],
      `--output=${WORK}/${UKI}`,
    ],
    env: { SOURCE_DATE_EPOCH: String(rootfs.epoch) },
  };
  return { step, texts };
}
