/** What a run was asked for, from the command line and Make's variables; fixed once it is read. */
export interface Settings {
  /** Folder of the checkout: holds toolkit/, specs/, chroot/, out/ and images/. */
  readonly checkout: string;
  /** Name or path of the distribution profile. */
  readonly distro: string;
  readonly specsDir: string;
  readonly outDir: string;
  readonly imagesDir: string;
  /** Path of an ssh key or name of a key of gpg that images are signed with. */
  readonly signKey: string | undefined;
  /** Image configuration; undefined for commands that need none. */
  readonly config: string | undefined;
  /** Of a configuration with several systems: the one that is built; undefined: its default one. */
  readonly system: string | undefined;
  /** Release version of images, whatever their configuration says. */
  readonly release?: string | undefined;
  /** Spec or package names; empty means all that the config needs, or all. */
  readonly packages: readonly string[];
  /** Names whose cached build is not used. */
  readonly rebuild: readonly string[];
  /** False: nothing is built, all comes from package servers. */
  readonly buildLocally: boolean;
  /** Base URLs or folders that hold `repodata/`, in order of preference. */
  readonly packageUrls: readonly string[];
  /** Paths of .repo files, in order of preference. */
  readonly repoFiles: readonly string[];
  readonly sourceUrls: readonly string[];
  readonly signatureMode: 'enforce' | 'skip' | 'update';
  /** Whether %check runs. */
  readonly runCheck: boolean;
  /** How many packages build side by side. */
  readonly concurrentBuilds: number;
  /** `-j` of one package. */
  readonly jobs: number;
  readonly dryRun: boolean;
  /** Whether independent packages still start after one failed. */
  readonly keepGoing: boolean;
}
