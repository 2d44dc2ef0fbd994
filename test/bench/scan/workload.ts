import { chmod, cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { loadDistroProfile } from '../../../toolkit/config/distro.ts';
import { CHECKOUT } from '../../support/checkout.ts';
import { generateDistribution } from '../../support/distribution/generate.ts';

/** A distribution to scan. */
export interface Workload {
  readonly title: string;
  /** Path of a profile that no run of the toolkit has seen: nothing is cached for it. */
  readonly distro: string;
  readonly specsDir: string;
  /** One folder of specs that peers are asked about, below or equal to specsDir. */
  readonly sampled: string;
  /** The tree that a user gave; undefined for a generated one. */
  readonly tree: string | undefined;
}

const SEED = 1;
const COUNT = 3000;
const REAL = 'azurelinux-3.0';
/** What a profile of a real distribution has too: macros of its own, and what a perl that is not there says. */
const GENERATED = `files:
  - { from: [macros.generated], to: /usr/lib/rpm/macros.d }
answers:
  perl:
    - { ask: "-V:version", say: "version='5.40.1';\\n" }
defines:
`;

/** The tree that a user has, else a generated one in `home`. */
export async function openWorkload(home: string, tree: string | undefined): Promise<Workload> {
  await chmod(home, 0o755);
  return tree === undefined ? await generated(home) : await real(home, resolve(tree));
}

async function generated(home: string): Promise<Workload> {
  const { files, macros } = generateDistribution(SEED, COUNT);
  const specsDir = join(home, 'tree/specs');
  for (const [path, text] of files) {
    await mkdir(dirname(join(specsDir, path)), { recursive: true });
    await writeFile(join(specsDir, path), text);
  }
  await writeFile(join(home, 'tree/macros.generated'), macros);
  const profile = await readFile(join(CHECKOUT, 'configs/distros/distrokit.yaml'), 'utf8');
  const distro = await unseen(home, `${profile}${GENERATED}`);
  return { title: `${COUNT} generated specs`, distro, specsDir, sampled: specsDir, tree: undefined };
}

/** A copy of what the profile names of a tree: one of its specs is going to be touched. */
async function real(home: string, tree: string): Promise<Workload> {
  const { specs, prebuilt } = await loadDistroProfile(REAL, CHECKOUT);
  const specsDir = join(home, 'tree');
  for (const path of [...specs, ...prebuilt.manifests]) {
    await mkdir(dirname(join(specsDir, path)), { recursive: true });
    await cp(join(tree, path), join(specsDir, path), { recursive: true, verbatimSymlinks: true });
  }
  const profile = await readFile(join(CHECKOUT, `configs/distros/${REAL}.yaml`), 'utf8');
  const distro = await unseen(home, profile);
  return { title: `the specs of ${tree}`, distro, specsDir, sampled: join(specsDir, specs[0]!), tree };
}

/** The profile with one definition more, which no spec asks for. */
async function unseen(home: string, profile: string): Promise<string> {
  const distro = join(home, 'bench.yaml');
  await writeFile(distro, profile.replace(/^defines:\n/m, `defines:\n  bench_run: "${Date.now()}"\n`));
  return distro;
}

/** About `size` specs of a folder, evenly spread by name: `NAME/NAME.spec` where there is one. */
export async function sampleSpecs(folder: string, size: number): Promise<readonly string[]> {
  const names = (await readdir(folder)).sort();
  const step = Math.max(1, Math.floor(names.length / size));
  const specs: string[] = [];
  for (const name of names.filter((_, at) => at % step === 0)) {
    const path = `${name}/${name}.spec`;
    const isFile = await stat(join(folder, path)).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isFile) specs.push(path);
  }
  return specs;
}
