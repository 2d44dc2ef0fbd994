import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { z } from 'zod';
import { actionKey, type KeyPart } from '../domain/action-key.ts';
import type { Sha256 } from '../domain/digest.ts';
import { buildError } from '../domain/errors.ts';
import type { DependencyGraph, SrpmId } from '../domain/graph.ts';
import { emittedFormats, type ImageConfig, type ImageFileContent } from '../domain/image.ts';
import type { BilledSource, BootProgram, DebianPackage, ImageBill } from '../domain/image-bill.ts';
import { efiLoader } from '../domain/image-boot.ts';
import { bootPrograms } from '../domain/image-boot-programs.ts';
import type { ImageDisk } from '../domain/image-config/disk.ts';
import type { ImageScript } from '../domain/image-config/system.ts';
import type { Disk } from '../domain/image-disk.ts';
import type { ImageDocument, ListedFile } from '../domain/image-document.ts';
import { plainOf } from '../domain/image-format.ts';
import { installedNeeds } from '../domain/image-needs.ts';
import type { Rootfs } from '../domain/image-rootfs.ts';
import type { RpmArtifact, RpmPackage } from '../domain/package.ts';
import { waitsOf, withWaits } from '../domain/plan.ts';
import type { Root } from '../domain/ports.ts';
import { formatNevra, rpmFileName } from '../domain/spec.ts';
import { stored } from '../domain/stored.ts';
import { byCodeUnit, lastLines } from '../domain/text.ts';
import { writeImageLock, writePackageList, writeProvenance } from '../formats/provenance/index.ts';
import { readRpmFiles } from '../formats/rpm/index.ts';
import { writeCycloneDx, writeSpdx } from '../formats/sbom/index.ts';
import type { Srpm } from '../stages/plan-to-srpms/index.ts';
import type { Context } from './context.ts';
import { openBytes } from './open-bytes.ts';
import type { BuiltPackages } from './packages.ts';
import { srpmOf } from './srpms.ts';
import { workerRoot } from './worker.ts';

/** What an image was made of, as the pipeline knows it. */
export interface MadeImage {
  readonly config: ImageConfig;
  /** Files that the configuration was read from; absolute paths. */
  readonly files: readonly string[];
  /** Of those that have secrets as they are, by path: what they say without them. */
  readonly withoutSecrets: ReadonlyMap<string, string>;
  /** All that is installed. */
  readonly packages: readonly RpmArtifact[];
  readonly rootfs: Rootfs;
  readonly disk: Disk | undefined;
  /** What an installer offers beside the image. */
  readonly systems?: readonly Pick<MadeImage, 'config' | 'rootfs' | 'disk'>[];
  readonly tools: Root;
  /** Undefined where nothing had to be built. */
  readonly built: BuiltPackages | undefined;
  /** The image that was changed, and what stays of it. */
  readonly base?: {
    readonly name: string;
    readonly sha256: Sha256;
    readonly packages: readonly RpmArtifact[];
  };
}

/** The documents of an image: its manifest, and what its bill and the files that it consists of tell. */
export async function imageDocuments(
  bill: ImageBill,
  manifest: string,
  artifacts: readonly ListedFile[],
): Promise<readonly ImageDocument[]> {
  return [
    { kind: 'packages', text: writePackageList(bill) },
    { kind: 'spdx', text: writeSpdx(bill) },
    { kind: 'cyclonedx', text: await writeCycloneDx(bill) },
    { kind: 'provenance', text: writeProvenance(bill, artifacts) },
    { kind: 'lock', text: writeImageLock(bill) },
    { kind: 'manifest', text: manifest },
  ];
}

/** Gathers everything that an image was made of. */
export async function billOf(made: MadeImage, context: Context, signal: AbortSignal): Promise<ImageBill> {
  const { config, rootfs, disk, tools, packages, base } = made;
  const { distro, program, ports, settings } = context;
  const srpms = await packedSources(made, context, signal);
  const bySource = new Map([...srpms.values()].map((srpm) => [srpm.file, srpm.digest]));
  // What a database says of a package is not the package.
  const kept = (base?.packages ?? []).map(({ header }) => ({ header, digest: undefined }));
  const installed = [...packages, ...kept];
  const headers = installed.map(({ header }) => header);
  const needs = installedNeeds(headers);
  const worker = await ports.roots.base(distro.worker, signal);
  return {
    name: config.name,
    version: config.version,
    epoch: rootfs.epoch,
    distro: distro.name,
    config: await billedConfig(made, context),
    commandLine: config.disk.boot === 'none' ? undefined : disk?.commandLine,
    ...(base === undefined ? {} : { base: { name: base.name, sha256: base.sha256 } }),
    packages: installed
      .map(({ header, digest }) => {
        const nevra = formatNevra(header);
        const sourceDigest = bySource.get(header.sourceRpm);
        return { nevra, file: rpmFileName(header), digest, header, needs: needs.get(nevra)!, sourceDigest };
      })
      .sort((a, b) => byCodeUnit(a.nevra, b.nevra)),
    bootPrograms: bootProgramsOf(made, headers, await debianPackages(tools, context, signal)),
    sources: await billedSources(srpms, made.built, context),
    roots: [
      { name: 'tools', key: tools.key, packages: tools.packages },
      ...(srpms.size === 0 ? [] : [{ name: distro.worker, key: worker.key, packages: worker.packages }]),
    ],
    builder: { version: await toolkitVersion(settings.checkout), program: program.toldAs ?? program.key },
  };
}

/** What starts the image, and what it offers beside it: each program once. */
function bootProgramsOf(
  { systems = [], ...own }: MadeImage,
  packages: readonly RpmPackage[],
  debian: ReadonlyMap<string, DebianPackage>,
): readonly BootProgram[] {
  const all = [own, ...systems].flatMap(({ config, rootfs, disk }) => {
    const facts = {
      efiLoader: disk?.layout.esp === undefined ? undefined : efiLoader(config.disk),
      isSigned: config.disk.secureBoot !== undefined,
      hasBiosDisk: disk?.layout.bios !== undefined,
      hasIso: emittedFormats(config).some((format) => plainOf(format) === 'iso'),
      hasInstaller: config.installer !== undefined,
      rootfs,
    };
    return bootPrograms(facts, packages, debian);
  });
  // One system may have a program from its packages that another has from the tools root.
  const known = new Map(all.map((program) => [JSON.stringify([program.file, program.from.kind]), program]));
  return [...known.values()].sort((a, b) => byCodeUnit(a.file, b.file));
}

/** The manifest of a root file system. Throws `STORE_MISSING`. */
export async function readManifest(
  { manifest }: Pick<Rootfs, 'manifest'>,
  ports: Pick<Context['ports'], 'store'>,
): Promise<string> {
  return await readFile(await stored(manifest, 'the manifest', ports), 'utf8');
}

/** Paths of the host are left out: only names and content count. */
async function billedConfig({ config, files, withoutSecrets }: MadeImage, { ports, settings }: Context) {
  const listed = [];
  for (const path of files) {
    const inCheckout = relative(settings.checkout, path);
    const name = inCheckout.startsWith('..') ? basename(path) : inCheckout;
    const said = withoutSecrets.get(path);
    if (said === undefined) {
      const { sha256 } = await ports.digests.digest(path);
      listed.push({ path: name, sha256 });
    } else {
      const sha256 = createHash('sha256').update(said).digest('hex');
      listed.push({ path: name, sha256, withoutSecrets: true as const });
    }
  }
  return {
    sha256: actionKey('image-config/1', await toldConfig(config, ports)),
    files: listed,
    formats: [...new Set(emittedFormats(config))],
  };
}

/** All that a configuration says, with digests in place of files and without what nobody may know. */
async function toldConfig(config: ImageConfig, ports: Pick<Context['ports'], 'digests'>): Promise<KeyPart> {
  const contentOf = async (content: ImageFileContent) =>
    content.kind === 'text' ? { text: content.text } : await ports.digests.digest(content.source);
  const named = [];
  for (const { path, mode, owner = null, group = null, content } of config.files) {
    named.push({ path, mode, owner, group, ...(await contentOf(content)) });
  }
  const mediumFiles = [];
  for (const { path, content } of config.mediumFiles) {
    mediumFiles.push({ path, ...(await contentOf(content)) });
  }
  const digestOf = async ({ content, ...rest }: ImageScript) => ({
    ...rest,
    ...('path' in content ? await ports.digests.digest(content.path) : { text: content.text }),
  });
  const preInstall = await Promise.all(config.scripts.preInstall.map(digestOf));
  const scripts = {
    ...(preInstall.length === 0 ? {} : { preInstall }),
    postInstall: await Promise.all(config.scripts.postInstall.map(digestOf)),
    finalize: await Promise.all(config.scripts.finalize.map(digestOf)),
  };
  const disk = await toldDisk(config.disk, ports);
  const otherDisks = await Promise.all(config.otherDisks.map((other) => toldDisk(other, ports)));
  const { systems: offered, ...rest } = config;
  const systems = [];
  for (const system of offered) systems.push(await toldConfig(system, ports));
  const more = systems.length === 0 ? {} : { systems };
  return { ...rest, disk, otherDisks, files: named, mediumFiles, scripts, ...more } as unknown as KeyPart;
}

/** A disk with digests in place of files. What opens it is told to nobody, nor where that lies. */
async function toldDisk(disk: ImageDisk, ports: Pick<Context['ports'], 'digests'>) {
  const { secureBoot, encryption } = disk;
  // The key is known by its certificate.
  const signedWith = secureBoot && (await ports.digests.digest(secureBoot.certificate));
  const rawBinaries = [];
  for (const { source, ...place } of disk.rawBinaries)
    rawBinaries.push({ ...place, ...(await ports.digests.digest(source)) });
  const partitions = [];
  for (const partition of disk.partitions) {
    const digestOf = async (base: string | undefined) => base && (await ports.digests.digest(base));
    const rdiffBase = await digestOf(partition.rdiffBase);
    const overlayBase = await digestOf(partition.overlayBase);
    partitions.push({ ...partition, rdiffBase, overlayBase });
  }
  const encrypted = encryption && { type: encryption.type };
  return { ...disk, secureBoot: signedWith, rawBinaries, partitions, encryption: encrypted };
}

/** Source packages of what is installed, with those whose packages their builds needed. */
async function packedSources(
  { packages, built }: MadeImage,
  context: Context,
  signal: AbortSignal,
): Promise<ReadonlyMap<SrpmId, Srpm>> {
  if (built === undefined) return new Map();
  const { graph, plan } = built;
  const installed = new Set(packages.map(({ digest }) => digest.sha256));
  const own = [...built.packages]
    .filter(([, made]) => made.some(({ digest }) => installed.has(digest.sha256)))
    .map(([srpm]) => srpm);
  const needed = withWaits(own, waitsOf(plan));
  if (needed.size === 0) return new Map();
  const worker = await workerRoot(context, signal);
  const packed = new Map<SrpmId, Srpm>();
  for (const srpm of needed) packed.set(srpm, await srpmOf(graph.scans.get(srpm)!, worker, context, signal));
  return packed;
}

async function billedSources(
  srpms: ReadonlyMap<SrpmId, Srpm>,
  built: BuiltPackages | undefined,
  { ports }: Context,
): Promise<BilledSource[]> {
  if (built === undefined) return [];
  const { graph, plan } = built;
  const waits = waitsOf(plan);
  const sources: BilledSource[] = [];
  for (const [id, { name, file, digest }] of srpms) {
    await using bytes = await openBytes(await stored(digest, file, ports));
    const urls = urlsOf(id, graph);
    const files = (await readRpmFiles(bytes.read)).map((one) => {
      const member = Buffer.from(one.path).toString('utf8');
      return { name: member, sha256: one.digest, url: urls.get(member) };
    });
    const rank = (member: string) => `${member.endsWith('.spec') ? 0 : 1}${member}`;
    files.sort((a, b) => byCodeUnit(rank(a.name), rank(b.name)));
    const needs = (waits.get(id) ?? []).map((other) => srpms.get(other)?.name ?? other);
    sources.push({ name, file, digest, files, needs: needs.sort(byCodeUnit) });
  }
  return sources.sort((a, b) => byCodeUnit(a.name, b.name));
}

function urlsOf(srpm: SrpmId, { scans }: DependencyGraph): ReadonlyMap<string, string> {
  const { sources, patches } = scans.get(srpm)!;
  const remote = [...sources, ...patches].filter(({ url }) => /^[a-z][a-z0-9+.-]*:/i.test(url));
  return new Map(remote.map(({ file, url }) => [file, url]));
}

const FIELDS = ['Package', 'source:Package', 'source:Version', 'Homepage'];

/** The Debian packages of the tools root with their sources, as its dpkg knows them; asked once for a root. */
async function debianPackages(
  tools: Root,
  { ports }: Context,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, DebianPackage>> {
  const key = actionKey('debian-sources/1', { root: tools.key, fields: FIELDS });
  const known = (await ports.store.action(key))?.facts.said;
  const said = known === undefined ? await askDpkg(tools, ports, signal) : String(known);
  if (known === undefined) await ports.store.saveAction(key, { outputs: [], facts: { said } });
  const lines = said.split('\n').map((line) => line.split('\t'));
  const sources = new Map(lines.map(([name, ...rest]) => [name, rest]));
  return new Map(
    tools.packages.map((one) => {
      const [name = one.name, version = one.version, homepage = ''] = sources.get(one.name) ?? [];
      return [one.name, { ...one, source: { name, version }, homepage }];
    }),
  );
}

async function askDpkg(tools: Root, ports: Context['ports'], signal: AbortSignal): Promise<string> {
  const format = `${FIELDS.map((field) => `\${${field}}`).join('\t')}\n`;
  const done = await ports.roots.run(tools, { argv: ['dpkg-query', '-W', '-f', format] }, signal);
  if (done.exitCode === 0) return done.stdout;
  throw buildError(
    'ROOT_UNREADABLE',
    `the tools root does not say what is in it\n${lastLines(done.stderr, 20)}`,
  );
}

async function toolkitVersion(checkout: string): Promise<string> {
  const text = await readFile(join(checkout, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
