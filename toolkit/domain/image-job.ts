import type { ImageServices, ImageUser } from './image.ts';
import type { ImageGroup } from './image-config/system.ts';

/** A device node that a package owns and a sandbox cannot make. */
export interface DeviceNode {
  /** Name of the package. */
  readonly package: string;
  /** Absolute path, bytes as latin1. */
  readonly path: string;
  readonly type: 'char' | 'block';
  readonly mode: number;
  /** Names of owner and group, looked up in the image's own passwd and group. */
  readonly user: string;
  readonly group: string;
  readonly major: number;
  readonly minor: number;
}

/** A file to put into the tree. */
export interface ComposeFile {
  /** Absolute path in the image, bytes as latin1. */
  readonly path: string;
  readonly mode: number;
  /** Names in the image; undefined: those of the file that it replaces, or root. */
  readonly owner?: string;
  readonly group?: string;
  /** Text, or the path of a file in the sandbox. */
  readonly content: { readonly text: string } | { readonly source: string };
}

/** A folder to be there. */
export interface ComposeFolder {
  /** Absolute path in the image, bytes as latin1. */
  readonly path: string;
  /** Of one that is made; undefined: 0755. */
  readonly mode?: number;
  /** Of one that is there already; undefined leaves it. */
  readonly existingMode?: number | undefined;
  /** Names in the image, of one that is made; undefined: root. */
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** A symbolic link to be there, in the place of another one or of a file. */
export interface ComposeLink extends Pick<ComposeFolder, 'path' | 'owner' | 'group'> {
  /** Bytes as latin1. */
  readonly target: string;
}

/** Content to hand out by name beside the tar: the first path (in byte order) that matches. */
export interface ComposeExtract {
  readonly name: string;
  /** Source of a regular expression on the path without its leading slash. */
  readonly pattern: string;
}

/** A program of the user that runs in the image. */
export interface ComposeScript {
  /** File name, for messages. */
  readonly name: string;
  /** Where it is in the sandbox; else its text. */
  readonly source?: string;
  readonly text?: string;
  readonly args: readonly string[];
  readonly timeoutSeconds: number;
  /** Program of the image that runs it; else its first line says. */
  readonly interpreter?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The root file system of an image that is there already. Paths are those of the sandbox. */
export interface ComposeBase {
  /** Without what a sandbox cannot make: device nodes, extended attributes. */
  readonly tar: string;
  /** All of it, as `manifestLine` writes it. */
  readonly manifest: string;
  /** Units of systemd that the new packages bring: presets of others were applied when the image was made. */
  readonly newUnits: readonly string[];
}

/** Absolute paths: where it is seen, what is written to, and what for. */
export interface OverlayFolders {
  readonly mount: string;
  readonly upper: string;
  readonly work: string;
}

/** What `host/tree/compose.ts` is told, as JSON on its standard input. Paths are those of the sandbox. */
export interface ComposeJob {
  /** Empty folder that the packages go to. */
  readonly target: string;
  /** The tree of an image that is changed; without it everything comes from the packages. */
  readonly base?: ComposeBase;
  /** Where `rootfs.tar` or `contents.jsonl`, `manifest.jsonl`, `summary.json` and the extracts go. */
  readonly out: string;
  /** A folder around `target` and `out`: what is in it is left as it is, and no tar made of it. */
  readonly leaveBelow?: string;
  /** In installation order. */
  readonly rpms: readonly string[];
  /** Macros that packages are installed with, by name. */
  readonly macros: Readonly<Record<string, string>>;
  /** Path of the rpm database in the image. */
  readonly dbPath: string;
  /** Seconds since the epoch: no time in the tree is later. */
  readonly epoch: number;
  readonly devices: readonly DeviceNode[];
  readonly groups: readonly ImageGroup[];
  readonly users: readonly Omit<ImageUser, 'password'>[];
  readonly files: readonly ComposeFile[];
  /** Each before what is in it. */
  readonly folders: readonly ComposeFolder[];
  readonly links: readonly ComposeLink[];
  readonly services: ImageServices;
  /** Name of the time zone database; undefined leaves what the packages brought. */
  readonly timezone: string | undefined;
  /** Names of packages to erase when all are installed. */
  readonly removePackages: readonly string[];
  /** Run in this order when everything else is there. */
  readonly scripts: readonly ComposeScript[];
  /** The mode of SELinux that the image starts in, labelled by its own policy; without it no labels are made. */
  readonly selinux?:
    | {
        readonly mode: 'permissive' | 'enforcing';
        /** Folders of overlay file systems, bytes as latin1. */
        readonly overlays?: readonly OverlayFolders[];
      }
    | undefined;
  /** What the machine's id is before the first boot. */
  readonly machineId: string;
  /** What is not part of an image: all below a folder whose name ends in `/`, else just the path. No leading slash. */
  readonly drop: readonly string[];
  readonly extracts: readonly ComposeExtract[];
}

/** What `host/tree/compose.ts` leaves as `summary.json`. */
export interface ComposeSummary {
  /** Names of the extracts that were found, with their paths in the tree (latin1). */
  readonly extracts: Readonly<Record<string, string>>;
  readonly size: TreeSize;
  readonly top: TopFolder;
  /** Lines that rpm said and that are no errors. */
  readonly notices: readonly string[];
}

/** The root directory itself, which some writers have to be told apart. */
export interface TopFolder {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
}

/** How much a tree takes, for the size of its file system. */
export interface TreeSize {
  readonly entries: number;
  /** Bytes of all files. */
  readonly bytes: number;
  /** 4 KiB blocks that files, folders and long symlinks take. */
  readonly blocks: number;
  /** Those of them that are nothing but zeros, where a file system has holes for them. */
  readonly holes?: number;
}
