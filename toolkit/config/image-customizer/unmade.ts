const PART_UUID = 'part-uuid is how they are found';

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
  { key: 'storage.verity.*.name', only: ['usr'], instead: 'only the root is made a dm-verity device' },
  { key: 'storage.verity.*.dataDevice', instead: 'divide the disk anew, and say dataDeviceId' },
  { key: 'storage.verity.*.hashDevice', instead: 'divide the disk anew, and say hashDeviceId' },
  { key: 'storage.verity.*.dataDeviceMountIdType', only: ['uuid', 'part-label'], instead: PART_UUID },
  { key: 'storage.verity.*.hashDeviceMountIdType', only: ['uuid', 'part-label'], instead: PART_UUID },
  { key: 'storage.verity.*.hashSignaturePath' },
  { key: 'storage.reinitializeVerity', only: ['none'], instead: 'a dm-verity root always gets new hashes' },
  { key: 'storage.filesystems.*.btrfs' },
  { key: 'iso.additionalFiles' },
  { key: 'iso.initramfsType', only: ['full-os'], instead: 'bootstrap is what is made' },
  { key: 'iso.kdumpBootFiles' },
  { key: 'pxe.additionalFiles' },
  { key: 'pxe.initramfsType', only: ['bootstrap'], instead: 'full-os is what is made' },
  { key: 'pxe.kdumpBootFiles' },
  { key: 'pxe.bootstrapBaseUrl', instead: 'the root is one of the files that iPXE loads' },
  { key: 'pxe.bootstrapFileUrl', instead: 'the root is one of the files that iPXE loads' },
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
  {
    key: 'os.overlays.*.isInitrdOverlay',
    only: [true],
    instead: 'there is no initramfs that could mount it',
  },
  { key: 'os.uki.mode', only: ['passthrough', 'modify'] },
  {
    key: 'os.users.*.password.type',
    only: ['plain-text-file', 'hashed-file'],
    instead: 'write the hash here',
  },
  { key: 'scripts.postCustomization.*.sha256hash' },
  { key: 'scripts.finalizeCustomization.*.sha256hash' },
  { key: 'output.image.format', only: ['pxe-tar', 'cosi', 'baremetal-image'] },
  { key: 'output.image.cosi' },
  { key: 'output.artifacts' },
  { key: 'output.selinuxPolicyPath' },
];
