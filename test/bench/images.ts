import { createHash } from 'node:crypto';
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CHECKOUT } from '../support/checkout.ts';
import { stageSeconds } from '../support/events.ts';
import { must } from '../support/shell.ts';
import { type Calibration, measure } from './measure.ts';
import { against, inform, type Row, within } from './table.ts';

export interface ImageBench {
  /** A folder of its own. */
  readonly home: string;
  /** The packages of `config` are taken from here, or built into it. */
  readonly cache: string;
  readonly config: string;
  readonly calibrate: () => Calibration;
  readonly tell: (row: Row) => void;
}

const MIB = 1 << 20;
/** Makes the root one of about 500 MB, as the target says; half of it can be packed. */
const FILLER_MIB = 360;
const COPIES = ['vhd', 'vhdx', 'qcow2'] as const;
/** What packs the same in QEMU, at the same level: our format, and the arguments of `qemu-img convert`. */
const PACKED = [
  ['vmdk-stream', ['-O', 'vmdk', '-o', 'subformat=streamOptimized']],
  ['qcow2-zstd', ['-c', '-O', 'qcow2', '-o', 'compression_type=zstd']],
] as const;

/** From packages that are there to images: against writing the same bytes with dd, and against qemu-img. */
export async function imageRows(bench: ImageBench): Promise<void> {
  const { home, calibrate, tell } = bench;
  await writeFiller(join(home, 'filler'));
  const folder = join(home, 'images/bench');
  const kept = join(home, 'kept');
  await makeImage(bench, ['raw', ...COPIES]);
  await must(['cp', '-a', '--sparse=always', folder, kept]);
  const files = await artifactFiles(kept);

  const { factor } = calibrate();
  const changed = await makeImage(bench, ['raw'], 'another');
  tell(within('the host name changed, root of 500 MB, to raw', 's', changed.seconds, 10, factor));

  /** Seconds of writing the artifacts alone: the disk is there. */
  const emit = async (formats: readonly string[]): Promise<number> => {
    await rm(folder, { recursive: true, force: true });
    return stageSeconds((await makeImage(bench, formats)).stdout, 'images');
  };
  const alone = await emit(['raw']);
  const together = await emit(['raw', ...COPIES]);
  const copied = await seconds(async () => {
    for (const format of COPIES) {
      const to = `of=${join(home, 'copy')}`;
      await must(['dd', `if=${files.get(format)}`, to, 'bs=1M', 'conv=sparse,fsync', 'status=none']);
    }
  });
  tell(inform('the raw disk written to its place', 's', alone));
  tell(against('vhd, vhdx, qcow2 besides / dd of the three', 's', together - alone, copied, 1.2));

  const theirs = join(home, 'packed');
  for (const [format, words] of PACKED) {
    const ours = await emit([format]);
    const qemu = await seconds(async () => {
      await must(['qemu-img', 'convert', '-f', 'raw', ...words, files.get('raw')!, theirs]);
      await must(['sync', theirs]);
    });
    tell(against(`${format} / qemu-img convert`, 's', ours, qemu, 1 / 1.7));
    const size = async (path: string) => (await stat(path)).size / MIB;
    const made = (await artifactFiles(folder)).get(format)!;
    tell(against(`${format}: its size`, 'MiB', await size(made), await size(theirs), 1.02));
    await rm(theirs);
  }
}

/** Makes an image of the configuration's packages and the filler. */
async function makeImage(
  { home, cache, config }: ImageBench,
  formats: readonly string[],
  hostname = 'bench',
): ReturnType<typeof measure> {
  const file = join(home, 'bench.yaml');
  const text = await readFile(resolve(CHECKOUT, config), 'utf8');
  // What the configuration includes lies beside it.
  const included = text.replace(/^( +- )(.*\.packages\.yaml)$/gm, `$1${resolve(CHECKOUT, config, '..')}/$2`);
  const changes = {
    hostname,
    formats: `[${formats.join(', ')}]`,
    files: `[{ path: /opt/filler, source: ${join(home, 'filler')} }]`,
  };
  let whole = included;
  for (const [key, value] of Object.entries(changes)) {
    whole = `${whole.replace(new RegExp(`^${key}:.*\n(?:[ -].*\n)*`, 'm'), '')}\n${key}: ${value}\n`;
  }
  await writeFile(file, whole);
  const env = {
    DISTROKIT_CACHE: cache,
    OUT_DIR: join(home, 'out'),
    IMAGES_DIR: join(home, 'images'),
  };
  return await measure(['toolkit/distrokit', 'image', '--json', '--config', file], CHECKOUT, env);
}

/** Bytes that are the same in every run: in turn ones that cannot be packed, and text. */
async function writeFiller(path: string): Promise<void> {
  await using file = await open(path, 'w');
  for (let count = 0; count < FILLER_MIB; count += 1) {
    const block = Buffer.alloc(MIB, `${count} root:x:0:0:root:/root:/bin/sh\n`);
    for (let at = 0; count % 2 === 0 && at < MIB; at += 32) {
      createHash('sha256').update(`${count} ${at}`).digest().copy(block, at);
    }
    await file.write(block);
  }
}

/** Paths of the artifacts in a folder, by their format. */
async function artifactFiles(folder: string): Promise<ReadonlyMap<string, string>> {
  const index = JSON.parse(await readFile(join(folder, 'artifact.json'), 'utf8')) as {
    readonly artifacts: readonly { readonly name: string; readonly format: string }[];
  };
  return new Map(index.artifacts.map(({ name, format }) => [format, join(folder, name)]));
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
