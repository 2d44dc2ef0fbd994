import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import type { FileDigest } from '../../domain/digest.ts';
import { buildError } from '../../domain/errors.ts';
import type { Disk } from '../../domain/image-disk.ts';
import type { DeviceNode } from '../../domain/image-job.ts';
import { programInSandbox } from '../../domain/image-program.ts';
import type { Rootfs, RootfsContents } from '../../domain/image-rootfs.ts';
import type { ActionResult, Ports } from '../../domain/ports.ts';
import { lastLines } from '../../domain/text.ts';
import { readRpmFiles } from '../../formats/rpm/index.ts';
import { contentsOfDisk, contentsOfTar, contentsOfTree } from './contents/index.ts';
import { planRootfs, SCRATCH } from './plan.ts';
import { readSummary } from './summary.ts';
import type { RootfsFacts, RootfsPlan, RootfsRequest } from './types.ts';

/** Bits of `st_mode`. */
const TYPE_MASK = 0o170000;
const CHARACTER_DEVICE = 0o020000;
const BLOCK_DEVICE = 0o060000;

/** Outputs that contents are in. */
const TAR = 'rootfs.tar';
const DISK = 'disk.raw';
const PLACES = 'places.jsonl';

type RootfsPorts = Pick<Ports, 'roots' | 'store' | 'digests' | 'locks' | 'events'>;

/**
 * Composes a root file system, or finds the one that was composed of the same things. Throws
 * `ROOTFS_FAILED` with rpm's words, and what `planRootfs` throws.
 */
export async function composeRootfs(
  request: Omit<RootfsRequest, 'leavesTree'>,
  ports: RootfsPorts,
  signal: AbortSignal,
): Promise<Rootfs> {
  await using opened = await openRootfs(request, ports, signal);
  return opened.rootfs;
}

/** A root file system whose contents may still lie in a folder that goes with it. */
export interface OpenRootfs extends AsyncDisposable {
  readonly rootfs: Rootfs;
  /**
   * Keeps the contents: they are on the disk `on` where it says where, else they are packed. Only then is the
   * root file system found again.
   */
  settle(on: Pick<Disk, 'raw' | 'places'> | undefined, signal: AbortSignal): Promise<Rootfs>;
}

/** As `composeRootfs`. With `leavesTree`, what was composed now is read from where it lies until it is settled. */
export async function openRootfs(
  request: RootfsRequest,
  ports: RootfsPorts,
  signal: AbortSignal,
): Promise<OpenRootfs> {
  const plan = planRootfs(request, await readFacts(request, ports));
  await using stack = new AsyncDisposableStack();
  stack.use(await ports.locks.acquire(`action-${plan.key}`, signal));
  const known = await ports.store.action(plan.key);
  if (known !== undefined) return settled(asRootfs(plan, known, ports));
  const scratch = stack.use(await ports.roots.scratch('rootfs-'));
  const made = await runPlan(request, plan, scratch.path, ports, signal);
  if (request.leavesTree !== true) {
    await ports.store.saveAction(plan.key, made);
    return settled(asRootfs(plan, made, ports));
  }
  const list = `${scratch.path}/out/contents.jsonl`;
  const contents = (manifest: FileDigest) => contentsOfTree({ top: scratch.path, list }, manifest, ports);
  const rootfs = asRootfs(plan, made, ports, contents);
  const held = stack.move();
  return {
    rootfs,
    settle: async (on, wanted) => {
      const more =
        on?.places === undefined
          ? [{ name: TAR, digest: await rootfs.contents.tar(wanted) }]
          : [
              { name: DISK, digest: on.raw },
              { name: PLACES, digest: on.places },
            ];
      const result = { ...made, outputs: [...made.outputs, ...more] };
      await ports.store.saveAction(plan.key, result);
      return asRootfs(plan, result, ports);
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}

function settled(rootfs: Rootfs): OpenRootfs {
  return { rootfs, settle: async () => rootfs, [Symbol.asyncDispose]: async () => {} };
}

/** What only the files themselves tell: device nodes of the packages, digests of what the configuration names. */
export async function readFacts(request: RootfsRequest, ports: Pick<Ports, 'digests'>): Promise<RootfsFacts> {
  const devices: DeviceNode[] = [];
  for (const { path, header } of request.packages) devices.push(...(await readDevices(path, header.name)));
  const sources = new Map<string, string>();
  const { files, scripts } = request.config;
  const named = [
    ...files.flatMap(({ content }) => (content.kind === 'source' ? [content.source] : [])),
    ...[...scripts.postInstall, ...scripts.finalize].flatMap(({ content }) =>
      'path' in content ? [content.path] : [],
    ),
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
  folder: string,
  ports: RootfsPorts,
  signal: AbortSignal,
): Promise<ActionResult> {
  await mkdir(`${folder}/in`);
  for (const { name, source } of plan.copies) await copyFile(source, `${folder}/in/${name}`);
  const { argv, binds } = programInSandbox(request.program, 'host/tree/compose.ts');
  const done = await ports.roots.run(
    request.tools,
    {
      argv,
      binds: [...binds, ...plan.binds, { source: folder, target: SCRATCH, writable: true }],
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
  const out = `${folder}/out`;
  const summary = readSummary(await readFile(`${out}/summary.json`, 'utf8'));
  for (const message of summary.notices) ports.events.emit({ type: 'notice.given', level: 'info', message });
  const tar = plan.job.leaveBelow === undefined ? [TAR] : [];
  const names = [...tar, 'manifest.jsonl', ...Object.keys(summary.extracts)];
  const outputs = [];
  for (const name of names)
    outputs.push({ name, digest: await ports.store.takeFile(`${out}/${name}`, signal) });
  return { outputs, facts: { ...summary.size, ...summary.top, kernelPath: summary.extracts.kernel ?? '' } };
}

/** `contentsOf` gives contents that are not among the outputs. */
function asRootfs(
  plan: RootfsPlan,
  { outputs, facts }: ActionResult,
  ports: RootfsPorts,
  contentsOf?: (manifest: FileDigest) => RootfsContents,
): Rootfs {
  const find = (name: string) => outputs.find((output) => output.name === name)?.digest;
  const must = (name: string) => {
    const digest = find(name);
    if (digest === undefined) throw new Error(`action ${plan.key} has no output ${name}`);
    return digest;
  };
  const image = find('kernel');
  const init = find('live-init');
  const busybox = find('busybox');
  const manifest = must('manifest.jsonl');
  const raw = find(DISK);
  const stay = () =>
    raw === undefined
      ? contentsOfTar(must(TAR), ports)
      : contentsOfDisk({ raw, places: must(PLACES) }, manifest, ports);
  return {
    key: plan.key,
    manifest,
    contents: contentsOf?.(manifest) ?? stay(),
    epoch: plan.epoch,
    size: {
      ...{ entries: Number(facts.entries), bytes: Number(facts.bytes) },
      ...{ blocks: Number(facts.blocks), holes: Number(facts.holes ?? 0) },
    },
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
