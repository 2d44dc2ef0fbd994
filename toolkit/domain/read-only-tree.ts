import type { TopFolder } from './image-job.ts';
import type { Step } from './image-steps.ts';

/** A tar in a sandbox, and the file that is made of it. */
interface TreeFiles {
  readonly tar: string;
  readonly output: string;
}

/** Squashes a tree. sqfstar takes the root directory from its options, not from the tar. */
export function squash(epoch: number, top: TopFolder, { tar, output }: TreeFiles): Step {
  return {
    argv: [
      ...(['sqfstar', '-quiet', '-no-progress', '-comp', 'zstd', '-Xcompression-level', '9'] as const),
      ...['-b', '256K', '-mkfs-time', String(epoch)],
      ...['-root-mode', top.mode.toString(8), '-root-uid', String(top.uid), '-root-gid', String(top.gid)],
      ...['-root-time', String(top.mtime), output],
    ],
    stdin: tar,
  };
}

/** Makes an erofs of a tree. */
export function makeErofs(epoch: number, uuid: string, { tar, output }: TreeFiles): Step {
  const time = ['-T', String(epoch), '--mkfs-time'];
  return {
    argv: [
      ...(['mkfs.erofs', '--quiet', '-b', '4096', '-zlz4hc', '-U', uuid, ...time] as const),
      ...['--tar=f', output, tar],
    ],
  };
}
