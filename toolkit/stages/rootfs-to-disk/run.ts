import { createReadStream } from 'node:fs';
import { chmod, open, readFile, writeFile } from 'node:fs/promises';
import pLimit from 'p-limit';
import type { FileDigest } from '../../domain/digest.ts';
import { buildError } from '../../domain/errors.ts';
import type { Disk } from '../../domain/image-disk.ts';
import { programInSandbox } from '../../domain/image-program.ts';
import type { Bind, Ports } from '../../domain/ports.ts';
import { lastLines } from '../../domain/text.ts';
import { encodeGpt } from '../../formats/gpt/index.ts';
import { placeGrub } from './grub-bios.ts';
import { IN, planDisk, WORK } from './plan.ts';
import type { DiskFacts, DiskPlan, DiskRequest } from './types.ts';
import { readLostXattrs } from './xattrs.ts';

type DiskPorts = Pick<Ports, 'roots' | 'store' | 'locks'>;

/**
 * Writes the raw disk of a root file system, or finds the one that was written of the same things. No mount,
 * no loop device. Throws `DISK_FAILED` with the words of the tool that failed, and what `planDisk` throws.
 */
export async function writeDisk(request: DiskRequest, ports: DiskPorts, signal: AbortSignal): Promise<Disk> {
  const plan = planDisk(request, await readDiskFacts(request, ports));
  await using _lock = await ports.locks.acquire(`action-${plan.key}`, signal);
  const known = await ports.store.action(plan.key);
  const raw = known?.outputs[0]?.digest ?? (await runPlan(request, plan, ports, signal));
  return { key: plan.key, raw, layout: plan.layout };
}

/** What only the manifest tells. Throws `STORE_MISSING`. */
export async function readDiskFacts(
  { rootfs }: DiskRequest,
  ports: Pick<Ports, 'store'>,
): Promise<DiskFacts> {
  return { xattrs: await readLostXattrs(await stored(rootfs.manifest, 'the manifest', ports)) };
}

async function runPlan(request: DiskRequest, plan: DiskPlan, ports: DiskPorts, signal: AbortSignal) {
  await using scratch = await ports.roots.scratch('disk-');
  const path = `${scratch.path}/disk.raw`;
  await makeEmptyDisk(path, plan.layout.disk.size);
  for (const [name, text] of Object.entries(plan.texts)) {
    await writeFile(`${scratch.path}/${name}`, text, 'latin1');
  }
  const binds = await inputBinds(plan, ports);
  const limit = pLimit(2);
  const runs = plan.chains.map(({ name, steps }) =>
    limit(async () => {
      const { argv, binds: own } = programInSandbox(request.program, 'host/tree/steps.ts');
      const work = { source: scratch.path, target: WORK, writable: true };
      const stdin = JSON.stringify({ cwd: WORK, steps });
      const done = await ports.roots.run(
        request.tools,
        { argv, binds: [...own, ...binds, work], stdin },
        signal,
      );
      if (done.exitCode === 0) return;
      const said = lastLines(done.stderr || done.stdout, 40);
      throw buildError(
        'DISK_FAILED',
        `${request.config.name}: the ${name} partition could not be made\n${said}`,
      );
    }),
  );
  // Both end before the scratch folder goes.
  const failed = (await Promise.allSettled(runs)).find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  await writeTables(path, scratch.path, plan);
  const raw = await ports.store.putStream(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    undefined,
    signal,
  );
  await ports.store.saveAction(plan.key, { outputs: [{ name: 'disk.raw', digest: raw }], facts: {} });
  return raw;
}

/** Ours, but the tools run under another user id. */
async function makeEmptyDisk(path: string, size: number): Promise<void> {
  await using file = await open(path, 'wx');
  await file.truncate(size);
  await chmod(path, 0o666);
}

async function inputBinds(plan: DiskPlan, ports: DiskPorts): Promise<Bind[]> {
  const binds: Bind[] = [];
  for (const { name, digest } of plan.inputs) {
    const source = await stored(digest, name, ports);
    binds.push({ source, target: `${IN}/${name}`, writable: false });
  }
  return binds;
}

async function stored(digest: FileDigest, what: string, ports: Pick<Ports, 'store'>): Promise<string> {
  const path = await ports.store.find(digest.sha256);
  if (path !== undefined) return path;
  throw buildError('STORE_MISSING', `${what} (${digest.sha256}) is no longer in the cache`, {
    hint: 'Run it again.',
  });
}

async function writeTables(path: string, folder: string, { layout }: DiskPlan): Promise<void> {
  const { bios, disk } = layout;
  const grub =
    bios === undefined
      ? undefined
      : placeGrub(
          await readFile(`${folder}/boot.img`),
          await readFile(`${folder}/core.img`),
          bios.offset / disk.sectorSize,
          bios.size,
        );
  const writes = encodeGpt(disk, grub === undefined ? {} : { bootCode: grub.bootCode });
  await using file = await open(path, 'r+');
  for (const { offset, bytes } of writes) await file.write(bytes, 0, bytes.length, offset);
  if (grub !== undefined && bios !== undefined) await file.write(grub.core, 0, grub.core.length, bios.offset);
}
