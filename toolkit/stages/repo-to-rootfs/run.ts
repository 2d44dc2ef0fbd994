import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import { buildError } from '../../domain/errors.ts';
import type { DeviceNode } from '../../domain/image-job.ts';
import { programInSandbox } from '../../domain/image-program.ts';
import type { Rootfs } from '../../domain/image-rootfs.ts';
import type { ActionResult, Ports } from '../../domain/ports.ts';
import { lastLines } from '../../domain/text.ts';
import { readRpmFiles } from '../../formats/rpm/index.ts';
import { planRootfs, SCRATCH } from './plan.ts';
import { readSummary } from './summary.ts';
import type { RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

/** Bits of `st_mode`. */
const TYPE_MASK = 0o170000;
const CHARACTER_DEVICE = 0o020000;
const BLOCK_DEVICE = 0o060000;

type RootfsPorts = Pick<Ports, 'roots' | 'store' | 'digests' | 'locks' | 'events'>;

/**
 * Composes a root file system, or finds the one that was composed of the same things. Throws
 * `ROOTFS_FAILED` with rpm's words, and what `planRootfs` throws.
 */
export async function composeRootfs(
  request: RootfsRequest,
  ports: RootfsPorts,
  signal: AbortSignal,
): Promise<Rootfs> {
  const plan = planRootfs(request, await readFacts(request, ports));
  await using _lock = await ports.locks.acquire(`action-${plan.key}`, signal);
  const known = await ports.store.action(plan.key);
  if (known !== undefined) return asRootfs(plan, known);
  const result = await runPlan(request, plan, ports, signal);
  await ports.store.saveAction(plan.key, result);
  return asRootfs(plan, result);
}

/** What only the files themselves tell: device nodes of the packages, digests of what the configuration names. */
export async function readFacts(request: RootfsRequest, ports: Pick<Ports, 'digests'>): Promise<RootfsFacts> {
  const devices: DeviceNode[] = [];
  for (const { path, header } of request.packages) devices.push(...(await readDevices(path, header.name)));
  const sources = new Map<string, string>();
  const { files, scripts } = request.config;
  const named = [
    ...files.flatMap(({ content }) => (content.kind === 'source' ? [content.source] : [])),
    ...[...scripts.postInstall, ...scripts.finalize].map(({ path }) => path),
  ];
  for (const path of named) sources.set(path, (await ports.digests.digest(path)).sha256);
  return { devices, sources };
}

async function readDevices(path: string, ofPackage: string): Promise<DeviceNode[]> {
  await using file = await open(path, 'r');
  const files = await readRpmFiles(async (offset, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  });
  return files.flatMap(({ path: name, mode, user, group, device }): DeviceNode[] => {
    const kind = mode & TYPE_MASK;
    if (kind !== CHARACTER_DEVICE && kind !== BLOCK_DEVICE) return [];
    const type = kind === CHARACTER_DEVICE ? 'char' : 'block';
    const node = { path: Buffer.from(name).toString('latin1'), type, mode: mode & 0o7777 } as const;
    return [{ package: ofPackage, ...node, user, group, ...device }];
  });
}

async function runPlan(
  request: RootfsRequest,
  plan: RootfsPlan,
  ports: RootfsPorts,
  signal: AbortSignal,
): Promise<ActionResult> {
  await using scratch = await ports.roots.scratch('rootfs-');
  await mkdir(`${scratch.path}/in`);
  for (const { name, source } of plan.copies) await copyFile(source, `${scratch.path}/in/${name}`);
  const { argv, binds } = programInSandbox(request.program, 'host/tree/compose.ts');
  const done = await ports.roots.run(
    request.tools,
    {
      argv,
      binds: [...binds, ...plan.binds, { source: scratch.path, target: SCRATCH, writable: true }],
      stdin: JSON.stringify(plan.job),
    },
    signal,
  );
  if (done.exitCode !== 0) {
    const said = lastLines(done.stderr || done.stdout, 40);
    throw buildError(
      'ROOTFS_FAILED',
      `${request.config.name}: the root file system could not be made\n${said}`,
    );
  }
  const out = `${scratch.path}/out`;
  const summary = readSummary(await readFile(`${out}/summary.json`, 'utf8'));
  for (const message of summary.notices) ports.events.emit({ type: 'notice.given', level: 'info', message });
  const names = ['rootfs.tar', 'manifest.jsonl', ...Object.keys(summary.extracts)];
  const outputs = [];
  for (const name of names)
    outputs.push({ name, digest: await ports.store.takeFile(`${out}/${name}`, signal) });
  return { outputs, facts: { ...summary.size, ...summary.top, kernelPath: summary.extracts.kernel ?? '' } };
}

function asRootfs(plan: RootfsPlan, { outputs, facts }: ActionResult): Rootfs {
  const find = (name: string) => outputs.find((output) => output.name === name)?.digest;
  const must = (name: string) => {
    const digest = find(name);
    if (digest === undefined) throw new Error(`action ${plan.key} has no output ${name}`);
    return digest;
  };
  const image = find('kernel');
  const init = find('live-init');
  const busybox = find('busybox');
  return {
    key: plan.key,
    tar: must('rootfs.tar'),
    manifest: must('manifest.jsonl'),
    epoch: plan.epoch,
    size: { entries: Number(facts.entries), bytes: Number(facts.bytes), blocks: Number(facts.blocks) },
    top: {
      mode: Number(facts.mode),
      uid: Number(facts.uid),
      gid: Number(facts.gid),
      mtime: Number(facts.mtime),
    },
    kernel:
      image === undefined
        ? undefined
        : { image, release: String(facts.kernelPath).replace(/^boot\/vmlinuz-/, '') },
    osRelease: find('os-release'),
    efiStub: find('efi-stub'),
    hasGrubBios: find('grub-bios') !== undefined,
    systemdBoot: find('systemd-boot'),
    hasGrubEfi: find('grub-efi') !== undefined,
    live: init === undefined || busybox === undefined ? undefined : { init, busybox },
  };
}
