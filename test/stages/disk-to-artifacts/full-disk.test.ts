import { execFile, spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../formats/support/judge.ts';

const MIB = 1 << 20;
const PROGRAM = join(import.meta.dirname, 'full-disk.ts');
const NAMESPACE = ['--user', '--map-root-user', '--mount', 'sh', '-c'] as const;
const run = promisify(execFile);
/** Containers may not. */
const canMount = spawnSync('unshare', [...NAMESPACE, 'mount -t tmpfs none /mnt']).status === 0;

interface Outcome {
  readonly code: string;
  readonly message: string;
  readonly left: readonly string[];
}

/** What `full-disk.ts` says of a disk of 8 MiB. */
async function onSmallDisk(): Promise<Record<string, Outcome>> {
  using folder = tempFolder('full-disk-');
  await mkdir(join(folder.path, 'small'));
  await writeFile(join(folder.path, 'raw'), Buffer.alloc(12 * MIB, 'r'));
  const script = 'mount -t tmpfs -o size=8m none small && exec "$0" "$1" small raw';
  const { stdout } = await run('unshare', [...NAMESPACE, script, process.execPath, PROGRAM], {
    cwd: folder.path,
  });
  return JSON.parse(stdout) as Record<string, Outcome>;
}

describe('a disk that becomes full', () => {
  it.skipIf(!canMount && process.env.DISTROKIT_JUDGES !== 'required')(
    'leaves the former artifact and nothing else, and is told with what is missing',
    async () => {
      const { image, stream, chunks, store } = await onSmallDisk();
      const left = ['image'];
      expect(image).toMatchObject({ code: 'DISK_FULL', left });
      expect(image?.message).toMatch(
        /image: no space left on the device; it takes 12 MiB, [45] MiB more than/,
      );
      for (const found of [stream, chunks]) {
        expect(found).toMatchObject({ code: 'DISK_FULL', left });
        expect(found?.message).toMatch(/no space left on the device; there was room for [78] MiB of it$/);
      }
      expect(store).toMatchObject({ code: 'DISK_FULL', left });
    },
  );
});
