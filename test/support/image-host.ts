import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { ImageConfig } from '../../toolkit/domain/image.ts';
import type { DiskEncryption, DiskVerity, ImageDisk } from '../../toolkit/domain/image-config/disk.ts';
import type { ToolkitProgram } from '../../toolkit/domain/image-program.ts';
import type { RpmArtifact } from '../../toolkit/domain/package.ts';
import type { Ports, Root } from '../../toolkit/domain/ports.ts';
import { readRpmHeader } from '../../toolkit/formats/rpm/index.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');

/** Our own program as sandboxes run it. `key` tells runs apart whose results must not be shared. */
export function testProgram(key: string): ToolkitProgram {
  return { node: process.execPath, toolkit: `${CHECKOUT}/toolkit`, key };
}

/** A disk with every default; `changes` on top. */
export function imageDisk(changes: Partial<ImageDisk> = {}): ImageDisk {
  return {
    size: 'auto',
    boot: 'both',
    loader: undefined,
    table: 'gpt',
    partitions: [],
    encryption: undefined,
    verity: undefined,
    usrVerity: undefined,
    secureBoot: undefined,
    rawBinaries: [],
    ...changes,
  };
}

/** A LUKS2 root that nothing opens yet; `changes` on top. */
export function diskEncryption(changes: Partial<DiskEncryption> = {}): DiskEncryption {
  return { type: 'luks2', passphrase: undefined, passphraseFile: undefined, ...changes };
}

/** A dm-verity root with every default; `changes` on top. */
export function diskVerity(changes: Partial<DiskVerity> = {}): DiskVerity {
  return {
    ...{ name: 'root', errorCorrection: false, errorCorrectionRoots: 2, signed: false },
    onCorruption: 'io-error',
    ...{ validateOnBoot: false, overlays: [], overlaySize: '20%', overlayDebug: false },
    ...{ dataBy: 'partuuid', hashBy: 'partuuid' },
    ...changes,
  };
}

/** A configuration with every default; `changes` on top. */
export function imageConfig(changes: Partial<ImageConfig> = {}): ImageConfig {
  return {
    name: 'trial',
    version: '1.0',
    artifactName: 'trial',
    title: 'trial',
    packages: ['base'],
    removePackages: [],
    hostname: 'trial',
    locale: undefined,
    keymap: undefined,
    timezone: undefined,
    machineId: 'empty',
    liveRoot: 'medium',
    hidepid: false,
    selinux: { mode: 'disabled', policy: 'selinux-policy' },
    kernelArgs: '',
    groups: [],
    users: [],
    folders: [],
    links: [],
    mediumFiles: [],
    files: [],
    services: { enable: [], disable: [], mask: [] },
    networks: [],
    repositories: [],
    overlays: [],
    scripts: { preInstall: [], postInstall: [], finalize: [] },
    rpm: { docs: true, locales: undefined, database: 'keep', cache: 'remove' },
    disk: imageDisk(),
    otherDisks: [],
    installer: undefined,
    systems: [],
    formats: ['tar.gz'],
    otherArtifacts: [],
    ...changes,
  };
}

/**
 * Builds a binary RPM of a spec with the tools root's rpmbuild, in `folder`. What is not built by the spec
 * itself does not get into it. Throws with rpmbuild's words.
 */
export async function buildRpm(
  spec: string,
  folder: string,
  ports: Pick<Ports, 'roots'>,
  tools: Root,
  signal: AbortSignal,
): Promise<RpmArtifact> {
  await using scratch = await ports.roots.scratch('test-rpm-');
  await writeFile(`${scratch.path}/trial.spec`, spec);
  const settings = [
    '_topdir /work',
    '_build_name_fmt %{NAME}.rpm',
    'debug_package %{nil}',
    '_buildhost test',
  ];
  const done = await ports.roots.run(
    tools,
    {
      argv: ['rpmbuild', '-bb', ...settings.flatMap((text) => ['--define', text]), '/work/trial.spec'],
      binds: [{ source: scratch.path, target: '/work', writable: true }],
      env: { SOURCE_DATE_EPOCH: '1700000000' },
    },
    signal,
  );
  if (done.exitCode !== 0) throw new Error(`${done.stdout}\n${done.stderr}`);
  const [name] = await readdir(`${scratch.path}/RPMS`);
  const bytes = await readFile(`${scratch.path}/RPMS/${name}`);
  const path = `${folder}/${name}`;
  await writeFile(path, bytes);
  return await rpmArtifact(path, bytes);
}

async function rpmArtifact(path: string, bytes: Buffer): Promise<RpmArtifact> {
  const header = await readRpmHeader(async (offset, length) => bytes.subarray(offset, offset + length));
  const digest = { sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
  return { path, digest, header };
}

/** Runs a program in the tools root with files bound read-only by name below /in; gives what it printed. */
export async function inTools(
  argv: readonly [string, ...string[]],
  files: Readonly<Record<string, string>>,
  ports: Pick<Ports, 'roots'>,
  tools: Root,
  signal: AbortSignal,
): Promise<string> {
  const binds = Object.entries(files).map(([name, source]) => ({
    source,
    target: `/in/${name}`,
    writable: false,
  }));
  const done = await ports.roots.run(tools, { argv, binds }, signal);
  if (done.exitCode !== 0)
    throw new Error(`${argv.join(' ')}: ${done.exitCode}\n${done.stdout}\n${done.stderr}`);
  return done.stdout;
}
