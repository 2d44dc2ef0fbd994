/**
 * What the Image Customizer knows and our own form has no word for: refused by name. `*` stands for each item of a
 * list; with `only`, just these values are meant.
 */
export const CUSTOMIZER_UNMADE: readonly {
  readonly key: string;
  readonly only?: readonly unknown[];
  /** What to do instead. */
  readonly instead?: string;
}[] = [
  { key: 'input.image.oci', instead: 'fetch the image, and name it by its path' },
  { key: 'input.image.azureLinux', instead: 'fetch the image, and name it by its path' },
  { key: 'storage.resetPartitionsUuidsType', only: ['reset-all'] },
  { key: 'storage.verity' },
  { key: 'storage.reinitializeVerity', only: ['all'] },
  { key: 'storage.filesystems.*.btrfs' },
  { key: 'iso.kernelCommandLine' },
  { key: 'iso.additionalFiles' },
  { key: 'iso.initramfsType', only: ['bootstrap', 'full-os'] },
  { key: 'iso.kdumpBootFiles' },
  { key: 'pxe' },
  { key: 'os.packages.updateLists', instead: 'name the packages in os.packages.update' },
  { key: 'os.packages.removeLists', instead: 'name the packages in os.packages.remove' },
  { key: 'os.packages.snapshotTime' },
  {
    key: 'os.packages.removePackageManager',
    only: [true],
    instead: 'name its packages in os.packages.remove',
  },
  { key: 'os.additionalFiles.*.sha256hash' },
  { key: 'os.additionalDirs', instead: 'name each file in os.additionalFiles' },
  { key: 'os.overlays' },
  { key: 'os.uki.mode', only: ['passthrough', 'modify'] },
  {
    key: 'os.users.*.password.type',
    only: ['plain-text-file', 'hashed-file'],
    instead: 'write the hash here',
  },
  { key: 'scripts.postCustomization.*.sha256hash' },
  { key: 'scripts.finalizeCustomization.*.sha256hash' },
  { key: 'output.image.format', only: ['pxe-dir', 'pxe-tar', 'cosi', 'baremetal-image'] },
  { key: 'output.image.cosi' },
  { key: 'output.artifacts' },
  { key: 'output.selinuxPolicyPath' },
];
