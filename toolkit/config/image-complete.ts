import { basename, dirname, resolve } from 'node:path';
import type { ImageConfig, ImageFile, ImageUser } from '../domain/image.ts';
import type { ImageNetwork, ImageRepository, ImageScript } from '../domain/image-config/system.ts';
import { defaultFormats, imageFormats } from '../domain/image-format.ts';
import { completeDisk, madeArtifacts } from './image-complete-disk.ts';
import type { ConfigSecrets } from './image-original/secrets.ts';
import type { ImageSource } from './image-schema.ts';
import { nearestPlaced, type Placed } from './placed.ts';

/** A script that hangs shall not hold up a release for a night. */
const SCRIPT_SECONDS = 1800;

/** What a configuration is made complete of. */
export interface SourceParts {
  /** The effective configuration, with the places that its relative paths count from. */
  readonly placed: Placed;
  readonly source: ImageSource;
  /** Absolute path of the configuration. */
  readonly file: string;
  /** Packages of the lists that are included. */
  readonly listed: readonly string[];
  /** Lines of the key files, by absolute path. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Absolute paths of programs among the sources. */
  readonly programs: ReadonlySet<string>;
  readonly secrets: ConfigSecrets;
}

/** Absolute path of what stands at a place of the configuration, counted from the file that it stands in. */
export type PathAt = (path: readonly PropertyKey[], written: string) => string;

/** The name of an image whose file does not say. */
export function nameOfFile(file: string): string {
  return basename(file).replace(/\.(?:ya?ml|json)$/, '');
}

/** Fills in every default. */
export function completeConfig(parts: SourceParts): ImageConfig {
  const { source, file, placed } = parts;
  const name = source.name ?? nameOfFile(file);
  const pathAt: PathAt = (path, written) => resolve(dirname(nearestPlaced(placed, path).place.path), written);
  const kernel = source.kernel === undefined ? [] : [source.kernel];
  const formats = [
    ...(source.formats ?? (emitsNothingElse(source) ? defaultFormats : [])),
    // Its installer is the ISO.
    ...(source.installer === undefined ? [] : ['iso']),
  ];
  return {
    name,
    version: source.version!,
    artifactName: source.artifactName ?? name,
    title: source.title ?? name,
    packages: [...new Set([...kernel, ...parts.listed, ...(source.packages ?? [])])],
    removePackages: source.removePackages ?? [],
    hostname: source.hostname ?? name.replaceAll(/[._]/g, '-'),
    locale: source.locale,
    keymap: source.keymap,
    timezone: source.timezone,
    machineId: source.machineId ?? 'empty',
    hidepid: source.hidepid ?? false,
    selinux: { mode: source.selinux?.mode ?? 'disabled', policy: source.selinux?.policy ?? 'selinux-policy' },
    kernelArgs: kernelArgs(source),
    groups: (source.groups ?? []).map((group) => ({ name: group.name, gid: group.gid })),
    users: (source.users ?? []).map((user, index) => oneUser(user, index, parts, pathAt)),
    files: (source.files ?? []).map((wanted, index) => oneFile(wanted, index, parts, pathAt)),
    services: {
      enable: source.services?.enable ?? [],
      disable: source.services?.disable ?? [],
      mask: source.services?.mask ?? [],
    },
    networks: (source.networks ?? []).map(oneNetwork),
    repositories: (source.repositories ?? []).map(oneRepository),
    overlays: (source.overlays ?? []).map(({ after = [], options, ...overlay }) => ({
      ...overlay,
      ...{ after, options },
    })),
    scripts: {
      preInstall: scripts(source, 'preInstall', pathAt),
      postInstall: scripts(source, 'postInstall', pathAt),
      finalize: scripts(source, 'finalize', pathAt),
    },
    rpm: {
      docs: source.rpm?.docs ?? true,
      locales: source.rpm?.locales,
      database: source.rpm?.database ?? 'keep',
      cache: source.rpm?.cache ?? 'remove',
    },
    disk: completeDisk(source.disk ?? {}, ['disk'], pathAt, parts.secrets.encryption),
    otherDisks: (source.otherDisks ?? []).map((disk, index) =>
      completeDisk(disk, ['otherDisks', index], pathAt, undefined),
    ),
    installer:
      source.installer === undefined
        ? undefined
        : {
            target: source.installer.target,
            afterwards: source.installer.afterwards ?? 'power-off',
            encryption: source.installer.encryption ?? 'always',
            kickstart: source.installer.kickstart ?? false,
          },
    systems: [],
    formats: imageFormats.filter((format) => formats.includes(format)),
    otherArtifacts: madeArtifacts(source.otherArtifacts ?? [], imageFormats),
  };
}

function emitsNothingElse({ installer, disk, otherArtifacts = [] }: ImageSource): boolean {
  const ofPartitions = (disk?.partitions ?? []).flatMap(({ artifacts = [] }) => artifacts);
  return installer === undefined && ofPartitions.length === 0 && otherArtifacts.length === 0;
}

function kernelArgs(source: ImageSource): string {
  const words = [
    ...(source.cgroup === undefined
      ? []
      : [`systemd.unified_cgroup_hierarchy=${source.cgroup === 'v2' ? 1 : 0}`]),
    ...(source.ima ?? []).map((policy) => `ima_policy=${policy}`),
    ...(source.fips === true ? ['fips=1'] : []),
    source.kernelArgs?.trim() ?? '',
  ];
  return words.filter((word) => word !== '').join(' ');
}

function oneUser(
  user: NonNullable<ImageSource['users']>[number],
  index: number,
  { keys, secrets }: SourceParts,
  pathAt: PathAt,
): ImageUser {
  const fromFiles = (user.sshKeyFiles ?? []).flatMap(
    (path, number) => keys.get(pathAt(['users', index, 'sshKeyFiles', number], path)) ?? [],
  );
  return {
    name: user.name,
    passwordHash: user.passwordHash,
    password: user.passwordHash === undefined ? secrets.users.get(user.name) : undefined,
    passwordExpiresDays: user.passwordExpiresDays,
    sshKeys: [...(user.sshKeys ?? []).map((key) => key.trim()), ...fromFiles],
    uid: user.uid,
    group: user.group,
    groups: user.groups ?? [],
    shell: user.startupCommand ?? user.shell,
    home: user.home,
  };
}

function oneFile(
  wanted: NonNullable<ImageSource['files']>[number],
  index: number,
  { programs }: SourceParts,
  pathAt: PathAt,
): ImageFile {
  const source = wanted.source === undefined ? undefined : pathAt(['files', index, 'source'], wanted.source);
  const kept = source !== undefined && programs.has(source) ? '0755' : '0644';
  const mode = wanted.mode === undefined || wanted.mode === 'keep' ? undefined : wanted.mode;
  return {
    path: wanted.path,
    mode: Number.parseInt(mode ?? (wanted.mode === 'keep' ? kept : '0644'), 8),
    owner: wanted.owner,
    group: wanted.group,
    content: source === undefined ? { kind: 'text', text: wanted.content ?? '' } : { kind: 'source', source },
  };
}

function oneNetwork(network: NonNullable<ImageSource['networks']>[number]): ImageNetwork {
  return {
    device: network.device,
    method: network.method ?? ((network.addresses ?? []).length > 0 ? 'static' : 'dhcp'),
    addresses: network.addresses ?? [],
    gateway: network.gateway,
    dns: network.dns ?? [],
    onBoot: network.onBoot ?? true,
  };
}

function oneRepository(repository: NonNullable<ImageSource['repositories']>[number]): ImageRepository {
  return {
    name: repository.name,
    url: repository.url,
    enabled: repository.enabled ?? true,
    gpgCheck: repository.gpgCheck ?? true,
    repoGpgCheck: repository.repoGpgCheck ?? false,
    gpgKeys: repository.gpgKeys ?? [],
    install: repository.install ?? true,
  };
}

function scripts(
  source: ImageSource,
  kind: 'preInstall' | 'postInstall' | 'finalize',
  pathAt: PathAt,
): ImageScript[] {
  return (source.scripts?.[kind] ?? []).map(
    ({ path, content = '', args, timeout, interpreter, env }, index) => ({
      name: path === undefined ? `${kind}-${index + 1}` : basename(path),
      content:
        path === undefined ? { text: content } : { path: pathAt(['scripts', kind, index, 'path'], path) },
      args: args ?? [],
      timeoutSeconds: timeout ?? SCRIPT_SECONDS,
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(env === undefined ? {} : { env }),
    }),
  );
}
