/**
 * What the Image Customizer knows and our own form has no word for: refused by name. `*` stands for each item of a
 * list; with `only`, just these values are meant.
 */
export const CUSTOMIZER_UNMADE: readonly {
  readonly key: string;
  readonly only?: readonly unknown[];
  /** What to do instead. */
  readonly instead: string;
}[] = [
  { key: 'input.image.oci', instead: 'fetch the image, and name it by its path' },
  { key: 'input.image.azureLinux', instead: 'fetch the image, and name it by its path' },
  {
    key: 'storage.verity.*.hashSignaturePath',
    instead: 'the root hash is signed where our own form, laid over this by extends, says disk.verity.signed',
  },
  { key: 'storage.reinitializeVerity', only: ['none'], instead: 'a dm-verity root always gets new hashes' },
  {
    key: 'storage.filesystems.*.btrfs',
    instead: 'a btrfs has one subvolume, the top one: leave it out, and give folders partitions of their own',
  },
  { key: 'iso.additionalFiles.*.permissions', instead: 'everyone can read what is on a medium' },
  { key: 'pxe.additionalFiles.*.permissions', instead: 'everyone can read what comes over a network' },
  { key: 'pxe.initramfsType', only: ['bootstrap'], instead: 'full-os is what is made' },
  { key: 'pxe.bootstrapBaseUrl', instead: 'the root is one of the files that iPXE loads' },
  { key: 'pxe.bootstrapFileUrl', instead: 'the root is one of the files that iPXE loads' },
  {
    key: 'os.packages.snapshotTime',
    instead: 'packages come from the servers that you name: name one with a snapshot of that time',
  },
  {
    key: 'os.packages.removePackageManager',
    only: [true],
    instead: 'name its packages in os.packages.remove',
  },
  {
    key: 'os.uki.mode',
    only: ['passthrough', 'modify'],
    instead: 'boot programs are always made anew, with the arguments that the image has: say create',
  },
  {
    key: 'output.image.format',
    only: ['cosi', 'baremetal-image'],
    instead:
      'raw and zstd-compressed partitions are made: lay formats: [partitions.zst] over this by extends',
  },
  { key: 'output.image.cosi', instead: 'its options are for the format cosi: leave it out' },
  {
    key: 'output.selinuxPolicyPath',
    instead: 'take the policy out of the root file system: lay formats: [tar.gz] over this by extends',
  },
];
