import { basename, dirname, resolve } from 'node:path';
import type { ImageConfig, ImageFile, ImageFileContent, ImageUser } from '../domain/image.ts';
import type { ImageNetwork, ImageRepository, ImageScript } from '../domain/image-config/system.ts';
import { defaultFormats, imageFormats } from '../domain/image-format.ts';
import { kickstartDisk } from '../domain/installer/kickstart.ts';
import { completeDisk, completeOtherDisk, madeArtifacts } from './image-complete-disk.ts';
import { completeFolders } from './image-complete-folders.ts';
import type { SourceFolder } from './image-folders.ts';
import type { ConfigSecrets } from './image-original/secrets.ts';
import type { PasswordFiles } from './image-password-files.ts';
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
  /** And of those whose packages are erased. */
  readonly removed: readonly string[];
  /** Lines of the key files, by absolute path. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Absolute paths of programs among the sources. */
  readonly programs: ReadonlySet<string>;
  /** Folders of the user, by absolute path. */
  readonly folders: ReadonlyMap<string, SourceFolder>;
  readonly passwords: PasswordFiles;
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
  const copied = completeFolders(source.folders ?? [], parts.folders, pathAt);
  const files = (source.files ?? []).map((wanted, index) => oneFile(wanted, index, parts, pathAt));
  const disk = completeDisk(source.disk ?? {}, ['disk'], pathAt, parts.secrets.encryption);
  const formats = [
    ...(source.formats ?? (emitsNothingElse(source) ? defaultFormats : [])),
    // Its installer is the ISO.
    ...(source.installer === undefined ? [] : ['iso']),
  ];
  const emitted = imageFormats.filter((format) => formats.includes(format));
  const artifactName = source.artifactName ?? name;
  return {
    name,
    version: source.version!,
    artifactName,
    title: source.title ?? name,
    packages: [...new Set([...kernel, ...parts.listed, ...(source.packages ?? [])])],
    removePackages: [...new Set([...parts.removed, ...(source.removePackages ?? [])])],
    hostname: source.hostname ?? name.replaceAll(/[._]/g, '-'),
    locale: source.locale,
    keymap: source.keymap,
    timezone: source.timezone,
    machineId: source.machineId ?? 'empty',
    liveRoot: source.liveRoot ?? 'medium',
    hidepid: source.hidepid ?? false,
    selinux: { mode: source.selinux?.mode ?? 'disabled', policy: source.selinux?.policy ?? 'selinux-policy' },
    kernelArgs: kernelArgs(source),
    groups: (source.groups ?? []).map((group) => ({ name: group.name, gid: group.gid })),
    users: (source.users ?? []).map((user, index) => oneUser(user, index, parts, pathAt)),
    ...{ folders: copied.folders, links: copied.links },
    // A file that is named takes the place of one of a folder.
    files: [...copied.files, ...files],
    services: {
      enable: source.services?.enable ?? [],
      disable: source.services?.disable ?? [],
      mask: source.services?.mask ?? [],
    },
    networks: (source.networks ?? []).map(oneNetwork),
    repositories: (source.repositories ?? []).map(oneRepository),
    overlays: (source.overlays ?? []).map(({ after = [], early = false, options, ...overlay }) => ({
      ...overlay,
      ...{ after, early, options },
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
    disk: source.installer?.kickstart === true ? kickstartDisk(disk) : disk,
    otherDisks: (source.otherDisks ?? []).map((disk, index) =>
      completeOtherDisk(disk, index, pathAt, { artifactName, formats: emitted }),
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
    mediumFiles: (source.mediumFiles ?? []).map((wanted, index) => ({
      path: wanted.path,
      content: contentOf(wanted, ['mediumFiles', index, 'source'], pathAt),
    })),
    formats: emitted,
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
  { keys, secrets, passwords }: SourceParts,
  pathAt: PathAt,
): ImageUser {
  const fromFiles = (user.sshKeyFiles ?? []).flatMap(
    (path, number) => keys.get(pathAt(['users', index, 'sshKeyFiles', number], path)) ?? [],
  );
  const hashFile =
    user.passwordHashFile && pathAt(['users', index, 'passwordHashFile'], user.passwordHashFile);
  const hash = user.passwordHash ?? (hashFile && passwords.hashes.get(hashFile));
  const plain = passwords.passwords.get(user.name) ?? secrets.users.get(user.name);
  return {
    name: user.name,
    passwordHash: hash,
    password: hash === undefined ? plain : undefined,
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
  const content = contentOf(wanted, ['files', index, 'source'], pathAt);
  const kept = content.kind === 'source' && programs.has(content.source) ? '0755' : '0644';
  const mode = wanted.mode === undefined || wanted.mode === 'keep' ? undefined : wanted.mode;
  return {
    path: wanted.path,
    mode: Number.parseInt(mode ?? (wanted.mode === 'keep' ? kept : '0644'), 8),
    owner: wanted.owner,
    group: wanted.group,
    content,
  };
}

function contentOf(
  wanted: Pick<NonNullable<ImageSource['files']>[number], 'source' | 'content' | 'sha256'>,
  at: readonly PropertyKey[],
  pathAt: PathAt,
): ImageFileContent {
  if (wanted.source === undefined) return { kind: 'text', text: wanted.content ?? '' };
  return { kind: 'source', source: pathAt(at, wanted.source), ...expected(wanted.sha256) };
}

/** As digests are written everywhere else. */
function expected(sha256: string | undefined): { readonly sha256?: string } {
  return sha256 === undefined ? {} : { sha256: sha256.toLowerCase() };
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
    ({ path, content = '', args, timeout, interpreter, env, sha256 }, index) => ({
      name: path === undefined ? `${kind}-${index + 1}` : basename(path),
      content:
        path === undefined
          ? { text: content }
          : { path: pathAt(['scripts', kind, index, 'path'], path), ...expected(sha256) },
      args: args ?? [],
      timeoutSeconds: timeout ?? SCRIPT_SECONDS,
      ...(interpreter === undefined ? {} : { interpreter }),
      ...(env === undefined ? {} : { env }),
    }),
  );
}
