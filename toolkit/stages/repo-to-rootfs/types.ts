import type { Sha256 } from '../../domain/digest.ts';
import type { ImageConfig } from '../../domain/image.ts';
import type { ComposeJob, DeviceNode } from '../../domain/image-job.ts';
import type { ToolkitProgram } from '../../domain/image-program.ts';
import type { RpmArtifact, RpmPackage } from '../../domain/package.ts';
import type { Bind, Root } from '../../domain/ports.ts';

/** The root file system of an image that is changed. */
export interface RootfsBase {
  /** In the store: `tar` without device nodes and attributes, `manifest` with everything. */
  readonly tar: StoredFile;
  readonly manifest: StoredFile;
  /** Seconds since the epoch: the newest time in it. */
  readonly epoch: number;
  readonly hasKernel: boolean;
  /** Whether it has what makes partitions grow. */
  readonly canGrow: boolean;
  /** What is installed in it, and stays. */
  readonly packages: readonly RpmPackage[];
  /** What was installed in it, and gives way to other versions. */
  readonly replaced: readonly RpmPackage[];
  /** Whether the configuration names the host, and not only the image. */
  readonly setsHostname: boolean;
  readonly mounts: BaseMounts;
  /** Text of the presets that a configuration wrote into it. */
  readonly preset: string | undefined;
}

/** What becomes of the fstab of an image that is changed. */
export interface BaseMounts {
  /** Whether the disk stays as it is: its fstab does too, unless UUIDs become others, or something is mounted otherwise. */
  readonly keepsDisk: boolean;
  readonly isMadeAnew?: boolean;
  /** Lines of the fstab that stay: all, or those of other file systems than the disk's. */
  readonly lines: readonly string[];
}

interface StoredFile {
  readonly path: string;
  readonly sha256: Sha256;
}

/** What a root file system is made of. */
export interface RootfsRequest {
  readonly config: ImageConfig;
  /** All packages to install, each with its dependencies before it. */
  readonly packages: readonly RpmArtifact[];
  /** What they are installed into, and the rest is done to; without it into nothing. */
  readonly base?: RootfsBase;
  /** Root whose rpm installs them; it also has getfattr. */
  readonly tools: Root;
  readonly program: ToolkitProgram;
  /** Where in the sandbox the packages are installed; by default below the scratch folder. */
  readonly target?: string;
  /** Whether the tree is left for a disk to be made of it: only below the scratch folder. */
  readonly leavesTree?: boolean;
}

/** What is read from files before the plan can be made. */
export interface RootfsFacts {
  /** Device nodes of all packages. */
  readonly devices: readonly DeviceNode[];
  /** Digests of the files that the configuration names, by absolute path. */
  readonly sources: ReadonlyMap<string, Sha256>;
}

export interface RootfsPlan {
  readonly key: Sha256;
  readonly epoch: number;
  readonly job: ComposeJob;
  /** Folders with the packages. */
  readonly binds: readonly Bind[];
  /** Files to copy into the scratch folder's `in/`, by name. */
  readonly copies: readonly { readonly name: string; readonly source: string }[];
}
