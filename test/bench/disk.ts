import { createHash } from 'node:crypto';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifestEntries } from '../../toolkit/config/rootfs-manifest.ts';
import type { FileDigest } from '../../toolkit/domain/digest.ts';
import type { RootfsContents } from '../../toolkit/domain/image-rootfs.ts';
import type { Ports } from '../../toolkit/domain/ports.ts';
import { planExt4, writeExt4 } from '../../toolkit/formats/ext4/index.ts';
import { wholeBytes } from '../../toolkit/formats/positioned.ts';
import { noteExtents } from '../../toolkit/formats/used-extents.ts';
import { createFileDigests } from '../../toolkit/host/digests.ts';
import { createStore } from '../../toolkit/host/store/store.ts';
import { listTree } from '../../toolkit/host/tree/list.ts';
import { readTree } from '../../toolkit/host/tree/read-tree.ts';
import { contentsOfTar, contentsOfTree } from '../../toolkit/stages/repo-to-rootfs/index.ts';
import { must } from '../support/shell.ts';
import { median } from './measure.ts';
import { against, inform, type Row } from './table.ts';

type BenchPorts = Pick<Ports, 'store' | 'locks'>;

const signal = new AbortController().signal;
const MIB = 1 << 20;
const FILES = 14_000;
const FILE_SYSTEM_MIB = 1000;
const RUNS = 3;
const OPTIONS = {
  size: FILE_SYSTEM_MIB * MIB,
  inodes: 2 * FILES,
  journalMib: 16,
  uuid: '11111111-2222-3333-4444-555555555555',
  hashSeed: '01234567-89ab-cdef-0123-456789abcdef',
  label: 'root',
  epoch: 1_700_000_000,
  reservedPercent: 1,
};

/**
 * From a root tree to a file system on a raw disk, all that the toolkit does in between and fsync included: against a
 * loop device, mount and `cp -a`, as root; and from the tar on against dd of what was written.
 */
export async function diskRows(home: string, tell: (row: Row) => void): Promise<void> {
  const tree = join(home, 'tree');
  await writeTree(tree);
  await must(['sync']);
  const times = {
    ...{ listed: [] as number[], direct: [] as number[], made: [] as number[] },
    ...{ loop: [] as number[], dd: [] as number[] },
  };
  for (let run = 0; run < RUNS; run += 1) {
    const folder = join(home, `disk-${run}`);
    await mkdir(folder, { recursive: true });
    const store = createStore(folder, createFileDigests(join(folder, 'digests.json')));
    const ports = { store, locks: { acquire: async () => ({ [Symbol.asyncDispose]: async () => {} }) } };
    let listed!: Listed;
    let raw = '';
    times.listed.push(
      await seconds(async () => {
        listed = await list(tree, folder, ports);
      }),
    );
    times.direct.push(
      await seconds(async () => {
        raw = await makeRaw(listed, ports);
      }),
    );
    if (process.getuid?.() === 0) times.loop.push(await seconds(async () => await loopCopy(tree, folder)));
    const packed = contentsOfTar(await listed.contents.tar(signal), ports);
    times.made.push(
      await seconds(async () => {
        raw = await makeRaw({ ...listed, contents: packed }, ports);
      }),
    );
    times.dd.push(
      await seconds(async () => {
        await must(['dd', `if=${raw}`, `of=${folder}/dd`, 'bs=1M', 'conv=sparse,fsync', 'status=none']);
      }),
    );
    await rm(folder, { recursive: true });
  }
  const both = times.listed.map((listed, run) => listed + times.direct[run]!);
  const [listed, made, direct, dd] = [times.listed, times.made, both, times.dd].map(median) as [
    number,
    number,
    number,
    number,
  ];
  tell(inform('root tree of 500 MB to manifest', 's', listed));
  tell(against('tar to ext4 / dd of the same', 's', made, dd, 1 / 0.6));
  tell(against('root tree to ext4 / dd of the same', 's', direct, dd, 1 / 0.6));
  if (times.loop.length === 0) return;
  tell(against('root tree to ext4 / loop, mount, cp -a', 's', direct, median(times.loop), 1 / 1.5));
}

/** What a tree is known by in the store, and where its contents are. */
interface Listed {
  readonly manifest: FileDigest;
  readonly contents: RootfsContents;
}

async function list(tree: string, folder: string, ports: BenchPorts): Promise<Listed> {
  const lists = { manifest: join(folder, 'manifest.jsonl'), contents: join(folder, 'contents.jsonl') };
  await listTree(readTree(tree, new Map()), lists, tree, folder);
  const manifest = await ports.store.takeFile(lists.manifest, signal);
  return { manifest, contents: contentsOfTree({ top: tree, list: lists.contents }, manifest, ports) };
}

/** Gives the path of the raw file system in the store. */
async function makeRaw({ contents, manifest }: Listed, { store }: BenchPorts): Promise<string> {
  const entries = await readManifestEntries((await store.find(manifest.sha256))!);
  using reader = await contents.open(entries);
  const plan = planExt4(entries, OPTIONS);
  const { bytes } = noteExtents(wholeBytes(writeExt4(plan, reader.read), plan.size));
  const raw = await store.putStream(bytes, undefined, signal);
  return (await store.find(raw.sha256))!;
}

async function loopCopy(tree: string, folder: string): Promise<void> {
  const image = `${folder}/loop.raw`;
  const top = `${folder}/mounted`;
  await mkdir(top);
  await must(['truncate', '-s', `${FILE_SYSTEM_MIB}M`, image]);
  await must(['mke2fs', '-q', '-F', '-t', 'ext4', image]);
  await must(['mount', '-o', 'loop', image, top]);
  try {
    await must(['cp', '-a', `${tree}/.`, top]);
  } finally {
    await must(['umount', top]);
  }
  await must(['sync', image]);
}

/** As many files as a system of 500 MB has, of like sizes: most are small, a few hold half of all bytes. */
async function writeTree(top: string): Promise<void> {
  const block = Buffer.alloc(16 * MIB);
  for (let at = 0; at < block.length; at += 32) createHash('sha256').update(`${at}`).digest().copy(block, at);
  for (let at = 0; at < FILES; at += 1) {
    const folder = join(top, `usr/lib/${at % 140}/${at % 1400}`);
    await mkdir(folder, { recursive: true });
    const size = at % 500 === 0 ? 9 * MIB : (at * 7919) % 40_000;
    const from = (at * 4099) % (block.length - 9 * MIB);
    await writeFile(join(folder, `file-${at}`), block.subarray(from, from + size));
    if (at % 10 === 0) await symlink(`file-${at}`, join(folder, `link-${at}`));
  }
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
