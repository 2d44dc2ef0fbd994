import { Secret } from '../../domain/image-config/secret.ts';
import { defaultFormats } from '../../domain/image-format.ts';
import { type ConfigDocument, type ConfigProblem, checkDocument } from '../image-document.ts';
import { Draft, some } from '../image-original/draft.ts';
import { type ConfigSecrets, type Disclosed, NO_SECRETS } from '../image-original/secrets.ts';
import { spaced } from '../image-original/system.ts';
import { findPlaced, placedDocument, plain } from '../placed.ts';
import { translateModules } from './modules.ts';
import { type CustomizerConfig, customizerSchema } from './schema.ts';
import { translateStorage, verityProblems } from './storage.ts';
import { CUSTOMIZER_UNMADE } from './unmade.ts';

type Os = NonNullable<CustomizerConfig['os']>;

/** Keys that our own form does not have. */
const KEYS = ['os', 'storage', 'input', 'output', 'iso', 'pxe', 'previewFeatures', 'baseConfigs'];
const SCRIPTS = ['postCustomization', 'finalizeCustomization'];

/** Formats by our names of them: a `vhd` of the Image Customizer is a dynamic one. */
const FORMATS: Readonly<Record<string, string>> = {
  ...{ vhd: 'vhd-dynamic', 'vhd-fixed': 'vhd', 'pxe-dir': 'pxe', 'pxe-tar': 'pxe.tar.gz' },
};

/** The only formats that the options of a live medium are for. The first is made where none is named. */
const MEDIA = { iso: ['iso'], pxe: ['pxe-dir', 'pxe-tar'] } as const;
const MEDIUM_KEYS = ['iso', 'pxe'] as const;
/** What is for one kind of medium alone. */
const MEDIUM_OPTIONS = ['kernelCommandLine', 'additionalFiles'] as const;

/** Whether a document is a configuration of the Image Customizer. */
export function isCustomizer({ value }: ConfigDocument): boolean {
  const keysOf = (one: unknown): string[] =>
    typeof one === 'object' && one !== null && !Array.isArray(one) ? Object.keys(one) : [];
  if (keysOf(value).some((key) => KEYS.includes(key))) return true;
  const { scripts } = Object(value);
  return keysOf(scripts).some((key) => SCRIPTS.includes(key));
}

/**
 * Turns a configuration of the Image Customizer into our own form. The places of the document that is returned are
 * those of the original.
 */
export function translateCustomizer(document: ConfigDocument): Disclosed<ConfigDocument> {
  const filled = { ...document, value: withoutNulls(document.value) };
  const { value, problems } = checkDocument(filled, customizerSchema);
  const draft = new Draft();
  if (value !== undefined) translate(value, draft);
  const secrets = value === undefined ? NO_SECRETS : secretsOf(value);
  return {
    document: {
      file: document.file,
      problems: value === undefined ? problems : [...unmadeOf(filled), ...problemsOf(value, document)],
      value: draft.value,
      problemAt: (path, message) => document.problemAt(draft.origin(path), message),
      problemAtKey: (path, key, message) => document.problemAt(draft.origin([...path, key]), message),
      replaces: () => false,
    },
    secrets,
    holdsSecrets: secrets.users.size > 0,
  };
}

/** A key without a value says nothing. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(entries.map(([key, inner]) => [key, withoutNulls(inner)]));
}

function unmadeOf(document: ConfigDocument): ConfigProblem[] {
  const placed = placedDocument(document, document.file);
  return CUSTOMIZER_UNMADE.flatMap(({ key, only, instead }) =>
    findPlaced(placed, key).flatMap(({ path, found }) => {
      const value = plain(found);
      if (only !== undefined && !only.includes(value)) return [];
      const what = only === undefined ? `'${path.join('.')}'` : `'${path.join('.')}: ${String(value)}'`;
      return [document.problemAt(path, `${what} of the Image Customizer is not made; ${instead}`)];
    }),
  );
}

/** What the keys alone do not tell. */
function problemsOf(config: CustomizerConfig, document: ConfigDocument): ConfigProblem[] {
  const found = verityProblems(config.storage ?? {}).map(({ path, message }) =>
    document.problemAt(path, message),
  );
  for (const medium of MEDIUM_KEYS) {
    if (isFor(medium, config)) continue;
    for (const key of MEDIUM_OPTIONS) {
      if (config[medium]?.[key] === undefined) continue;
      const formats = MEDIA[medium].join(' or ');
      const message = `'${medium}.${key}' of the Image Customizer is made only beside 'output.image.format: ${formats}'`;
      found.push(document.problemAt([medium, key], message));
    }
  }
  return found;
}

/** The original's command line may name the format: where nothing does, what the file is about is made. */
function formatOf(config: CustomizerConfig): string | undefined {
  const said = some(config.output?.image?.format);
  if (said !== undefined || (config.baseConfigs ?? []).length > 0) return said;
  const [medium, second] = MEDIUM_KEYS.filter((key) => config[key] !== undefined);
  return medium === undefined || second !== undefined ? undefined : MEDIA[medium][0];
}

function isFor(medium: keyof typeof MEDIA, config: CustomizerConfig): boolean {
  const format = formatOf(config);
  return MEDIA[medium].some((known) => known === format);
}

function translate(config: CustomizerConfig, draft: Draft): void {
  const { input, storage, os, scripts, output, baseConfigs } = config;
  // A configuration has no release version of its own: what is laid over it may give one.
  draft.set(['version'], '1.0', []);
  for (const [index, { path }] of (baseConfigs ?? []).entries()) {
    draft.set(['extends', index], path, ['baseConfigs', index, 'path']);
  }
  draft.set(['base'], {}, []);
  draft.set(['base', 'image'], input?.image?.path, ['input', 'image', 'path']);
  if (storage?.resetPartitionsUuidsType === 'reset-all') {
    draft.set(['base', 'uuids'], 'reset', ['storage', 'resetPartitionsUuidsType']);
  }
  if (storage !== undefined) translateStorage(storage, draft);
  if (os !== undefined) translateOs(os, draft);
  translateKernelArgs(config, draft);
  for (const [kind, source] of [
    ['postInstall', 'postCustomization'],
    ['finalize', 'finalizeCustomization'],
  ] as const) {
    for (const [index, script] of (scripts?.[source] ?? []).entries()) {
      const from = ['scripts', source, index];
      const set = draft.setter(['scripts', kind, index], from);
      set('path', script.path, 'path');
      set('content', script.content, 'content');
      set('args', script.arguments, 'arguments');
      set('interpreter', script.interpreter, 'interpreter');
      set('env', script.environmentVariables, 'environmentVariables');
      set('sha256', script.sha256hash, 'sha256hash');
    }
  }
  if (config.iso?.initramfsType === 'full-os') draft.set(['liveRoot'], 'memory', ['iso', 'initramfsType']);
  translateMediumFiles(config, draft);
  translateFormats(config, draft);
  const file = output?.image?.path?.replace(/^.*\//, '').replace(/\.[a-z0-9]+$/, '');
  draft.set(['artifactName'], some(file), ['output', 'image', 'path']);
}

function translateOs(os: Os, draft: Draft): void {
  draft.set(['hostname'], some(os.hostname), ['os', 'hostname']);
  const { installLists = [], install = [], remove = [], removeLists = [], updateLists } = os.packages ?? {};
  const list = (to: string, items: readonly string[], from: string): void => {
    for (const [index, item] of items.entries()) {
      draft.set([to, index], item, ['os', 'packages', from, index]);
    }
  };
  list('include', installLists, 'installLists');
  list('packages', install.map(spaced), 'install');
  list('removePackages', remove, 'remove');
  list('removeLists', removeLists, 'removeLists');
  draft.set(['base', 'updateLists'], updateLists, ['os', 'packages', 'updateLists']);
  const { update, updateExistingPackages } = os.packages ?? {};
  if (updateExistingPackages === true) {
    draft.set(['base', 'update'], 'all', ['os', 'packages', 'updateExistingPackages']);
  } else draft.set(['base', 'update'], update, ['os', 'packages', 'update']);
  const isReset = os.bootloader?.resetType === 'hard-reset';
  if (isReset) draft.set(['base', 'kernelArgs'], 'drop', ['os', 'bootloader', 'resetType']);
  draft.set(['selinux', 'mode'], some(os.selinux?.mode), ['os', 'selinux', 'mode']);
  draft.set(['services', 'enable'], os.services?.enable, ['os', 'services', 'enable']);
  draft.set(['services', 'disable'], os.services?.disable, ['os', 'services', 'disable']);
  translateOverlays(os, draft);
  translateFolders(os, draft);
  translateFiles(os, draft);
  translateAccounts(os, draft);
}

/** The medium is the only image that is made then: its arguments are those of all. */
function translateKernelArgs(config: CustomizerConfig, draft: Draft): void {
  const media = MEDIUM_KEYS.filter((medium) => isFor(medium, config));
  const from = (['os', ...media] as const).filter((key) => config[key]?.kernelCommandLine !== undefined);
  const args = from.flatMap((key) => config[key]?.kernelCommandLine?.extraCommandLine ?? []).join(' ');
  draft.set(['kernelArgs'], some(args), [from[0] ?? 'os', 'kernelCommandLine', 'extraCommandLine']);
}

/** Boot programs are emitted beside the image. */
function translateFormats(config: CustomizerConfig, draft: Draft): void {
  const format = formatOf(config);
  const wanted = format === undefined ? undefined : [FORMATS[format] ?? format];
  if (config.output?.artifacts === undefined) {
    draft.set(['formats'], wanted, ['output', 'image', 'format']);
    return;
  }
  const isBase = (config.baseConfigs ?? []).length > 0;
  const others = wanted ?? (isBase ? [] : defaultFormats);
  draft.set(['formats'], [...others, 'efi.tar'], ['output', 'artifacts']);
}

function translateMediumFiles(config: CustomizerConfig, draft: Draft): void {
  const medium = MEDIUM_KEYS.find((key) => isFor(key, config));
  if (medium === undefined) return;
  for (const [index, file] of (config[medium]?.additionalFiles ?? []).entries()) {
    const set = draft.setter<keyof typeof file>(['mediumFiles', index], [medium, 'additionalFiles', index]);
    set('path', file.destination, 'destination');
    set('source', file.source, 'source');
    set('content', file.content, 'content');
    set('sha256', file.sha256hash, 'sha256hash');
  }
}

function translateOverlays({ overlays = [] }: Os, draft: Draft): void {
  for (const [index, overlay] of overlays.entries()) {
    const set = draft.setter<keyof typeof overlay>(['overlays', index], ['os', 'overlays', index]);
    set('mount', overlay.mountPoint, 'mountPoint');
    set('lower', overlay.lowerDirs, 'lowerDirs');
    set('upper', overlay.upperDir, 'upperDir');
    set('work', overlay.workDir, 'workDir');
    set('after', overlay.mountDependencies, 'mountDependencies');
    set('early', overlay.isInitrdOverlay, 'isInitrdOverlay');
    set('options', some(overlay.mountOptions), 'mountOptions');
  }
}

function translateFolders({ additionalDirs = [] }: Os, draft: Draft): void {
  for (const [index, folder] of additionalDirs.entries()) {
    const set = draft.setter<keyof typeof folder>(['folders', index], ['os', 'additionalDirs', index]);
    // Ones of the original may be relative to the root, or end in a slash.
    set('path', `/${folder.destination.replace(/^\/|\/$/g, '')}`, 'destination');
    set('source', folder.source, 'source');
    set('mode', octal(folder.newDirPermissions) ?? '0755', 'newDirPermissions');
    set('existingMode', octal(folder.mergedDirPermissions), 'mergedDirPermissions');
    set('fileMode', octal(folder.childFilePermissions) ?? '0755', 'childFilePermissions');
    set('sha256', folder.sha256hashmap, 'sha256hashmap');
  }
}

/** As our own form writes it. */
function octal(permissions: string | undefined): string | undefined {
  return permissions?.slice(-4);
}

function translateFiles({ additionalFiles = [], modules }: Os, draft: Draft): void {
  for (const [index, file] of additionalFiles.entries()) {
    const { destination, source, content, permissions, sha256hash } = file;
    const from = ['os', 'additionalFiles', index];
    const set = draft.setter(['files', index], from);
    set('path', destination, 'destination');
    set('source', source, 'source');
    set('content', content, 'content');
    set('sha256', sha256hash, 'sha256hash');
    const kept = source === undefined ? undefined : 'keep';
    set('mode', octal(permissions) ?? kept, 'permissions');
  }
  if (modules !== undefined) translateModules(modules, additionalFiles.length, draft);
}

function translateAccounts({ groups = [], users = [] }: Os, draft: Draft): void {
  for (const [index, { name, gid }] of groups.entries()) {
    draft.set(['groups', index, 'name'], name, ['os', 'groups', index, 'name']);
    draft.set(['groups', index, 'gid'], gid, ['os', 'groups', index, 'gid']);
  }
  for (const [index, user] of users.entries()) {
    const set = draft.setter(['users', index], ['os', 'users', index]);
    set('name', user.name, 'name');
    set('uid', user.uid, 'uid');
    if (user.password?.type === 'hashed') set('passwordHash', user.password.value, 'password', 'value');
    const { type, value } = user.password ?? {};
    if (type === 'hashed-file') set('passwordHashFile', value, 'password', 'value');
    if (type === 'plain-text-file') set('passwordFile', value, 'password', 'value');
    if (isLocked(user.password)) set('passwordHash', '*', 'password', 'type');
    set('passwordExpiresDays', user.passwordExpiresDays, 'passwordExpiresDays');
    set('sshKeyFiles', user.sshPublicKeyPaths, 'sshPublicKeyPaths');
    set('sshKeys', user.sshPublicKeys, 'sshPublicKeys');
    set('group', some(user.primaryGroup), 'primaryGroup');
    set('groups', user.secondaryGroups, 'secondaryGroups');
    set('startupCommand', some(user.startupCommand), 'startupCommand');
    set('home', some(user.homeDirectory), 'homeDirectory');
  }
}

/** Source: Image Customizer, configuration, `password`: an account that names no other type is locked. */
function isLocked(password: { readonly type?: string | undefined } | undefined): boolean {
  return password !== undefined && ['', 'locked'].includes(password.type ?? '');
}

function secretsOf({ os }: CustomizerConfig): ConfigSecrets {
  const plain = (os?.users ?? []).flatMap(({ name, password }) =>
    password?.type === 'plain-text' && password.value ? [[name, new Secret(password.value)] as const] : [],
  );
  return { users: new Map(plain), encryption: undefined };
}
