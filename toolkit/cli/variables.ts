import { usageError } from '../domain/errors.ts';
import { RELEASE_VERSION } from '../domain/image.ts';
import { nearestName } from '../domain/nearest.ts';

/** A Make variable that the toolkit takes, by the Azure Linux toolkit's name where it means the same. */
export interface Variable {
  readonly name: string;
  readonly values: string;
  readonly fallback: string;
  readonly about: string;
}

/** Every variable, in the order in which `make help` lists them. */
export const VARIABLES: readonly Variable[] = [
  { name: 'CONFIG', values: 'file', fallback: '', about: 'image configuration, e.g. configs/minimal.yaml' },
  { name: 'CONFIG_FILE', values: 'file', fallback: '', about: 'the same as CONFIG' },
  {
    name: 'SYSTEM_CONFIG',
    values: 'name',
    fallback: '',
    about: 'which of the SystemConfigs of CONFIG; else its default',
  },
  {
    name: 'RELEASE_VERSION',
    values: 'version',
    fallback: '',
    about: "release version of the image, instead of its configuration's",
  },
  { name: 'IMAGE', values: 'file', fallback: '', about: 'image that `make customize` changes' },
  { name: 'PACKAGES', values: 'names', fallback: '', about: 'spec or package names to build' },
  { name: 'PACKAGE_BUILD_LIST', values: 'names', fallback: '', about: 'the same as PACKAGES' },
  { name: 'PACKAGE_REBUILD_LIST', values: 'names', fallback: '', about: 'build these even when cached' },
  { name: 'SRPM_PACK_LIST', values: 'names', fallback: '', about: 'spec names that `make srpms` packs' },
  { name: 'REBUILD_PACKAGES', values: 'y|n', fallback: 'y', about: 'n: take every package from the servers' },
  {
    name: 'PACKAGE_URL_LIST',
    values: 'URLs',
    fallback: '',
    about: 'package servers (rpm-md), URLs or folders',
  },
  { name: 'REPO_LIST', values: 'files', fallback: '', about: 'package servers, as .repo files' },
  { name: 'SOURCE_URL', values: 'URLs', fallback: '', about: 'flat source servers, asked for FILE' },
  {
    name: 'SRPM_FILE_SIGNATURE_HANDLING',
    values: 'enforce|skip|update',
    fallback: 'enforce',
    about: 'what NAME.signatures.json means',
  },
  { name: 'CA_CERT', values: 'file', fallback: '', about: 'additional certificate authority for downloads' },
  { name: 'TLS_CERT', values: 'file', fallback: '', about: 'client certificate for downloads' },
  { name: 'TLS_KEY', values: 'file', fallback: '', about: 'key of the client certificate' },
  {
    name: 'DISTRO',
    values: 'name',
    fallback: 'distrokit',
    about: 'distribution profile: configs/distros/NAME.yaml',
  },
  { name: 'SPECS_DIR', values: 'folder', fallback: 'specs', about: 'where the specs are, or their tree' },
  { name: 'OUT_DIR', values: 'folder', fallback: 'out', about: 'packages, logs and snapshots' },
  { name: 'IMAGES_DIR', values: 'folder', fallback: 'images', about: 'finished images' },
  {
    name: 'SIGN_KEY',
    values: 'key',
    fallback: '',
    about: "sign images: path of an ssh key, or a key of gpg's",
  },
  { name: 'RUN_CHECK', values: 'y|n', fallback: 'n', about: 'run %check: of PACKAGES, or of all' },
  { name: 'STOP_ON_PKG_FAIL', values: 'y|n', fallback: 'n', about: 'start nothing new after a failure' },
  {
    name: 'CONCURRENT_PACKAGE_BUILDS',
    values: 'number',
    fallback: '0',
    about: 'side by side; 0: one a core',
  },
  { name: 'MAX_CPU', values: 'number', fallback: '0', about: '-j of one package; 0: all cores' },
  { name: 'TOOLCHAIN', values: 'userns|docker', fallback: 'userns', about: 'how roots are made and entered' },
  { name: 'DEBIAN_MIRROR', values: 'URL', fallback: "the host's apt", about: 'where roots come from' },
  { name: 'DISTROKIT_CACHE', values: 'folder', fallback: '~/.cache/distrokit', about: 'shared cache' },
  { name: 'LOCKED', values: 'y|n', fallback: 'n', about: 'refuse roots that differ from chroot/*.lock' },
  { name: 'DRY_RUN', values: 'y|n', fallback: 'n', about: 'stop after the plan' },
  { name: 'BENCH', values: 'packages|scan|core', fallback: '', about: 'only these rows of `make bench`' },
  {
    name: 'TREE',
    values: 'folder',
    fallback: '',
    about: 'checkout of microsoft/azurelinux for `make bench`',
  },
  { name: 'JSON', values: 'y|n', fallback: 'n', about: 'events and results as JSON lines' },
];

/**
 * Variables of the Azure Linux toolkit that have no meaning here yet: refused by name, because one that
 * is ignored is worse than one that is missing.
 */
const NOT_YET: readonly string[] = (
  'REBUILD_TOOLCHAIN INCREMENTAL_TOOLCHAIN ALLOW_TOOLCHAIN_DOWNLOAD_FAIL QUICK_REBUILD ' +
  'QUICK_REBUILD_TOOLCHAIN QUICK_REBUILD_PACKAGES TOOLCHAIN_ARCHIVE TOOLCHAIN_CONTAINER_ARCHIVE ' +
  'TOOLCHAIN_SOURCES_ARCHIVE CACHE_DIR CLEAN_TOOLCHAIN_CONTAINERS UPDATE_TOOLCHAIN_LIST ' +
  'ALLOW_TOOLCHAIN_REBUILDS VALIDATE_TOOLCHAIN_GPG TOOLCHAIN_GPG_VALIDATION_KEYS TOOLCHAIN_MANIFEST ' +
  'WORKER_CHROOT_MANIFEST REFRESH_WORKER_CHROOT SOURCE_AUTH_MODE DOWNLOAD_SRPMS SRPM_URL_LIST ' +
  'ALLOW_SRPM_DOWNLOAD_FAIL EXTRA_MACROS_FILES PACKAGE_IGNORE_LIST TEST_RUN_LIST TEST_RERUN_LIST ' +
  'TEST_IGNORE_LIST PACKAGE_BUILD_RETRIES CHECK_BUILD_RETRIES PACKAGE_BUILD_TIMEOUT ' +
  'MAX_CASCADING_REBUILDS EXTRA_BUILD_LAYERS USE_PACKAGE_BUILD_CACHE DELTA_BUILD DELTA_FETCH ' +
  'HYDRATED_BUILD STOP_ON_FETCH_FAIL CLEANUP_PACKAGE_BUILDS USE_CCACHE CCACHE_DIR CCACHE_CONFIG ' +
  'TARGET_ARCH RESOLVE_CYCLES_FROM_UPSTREAM IGNORE_VERSION_TO_RESOLVE_SELFDEP PACKAGE_ARCHIVE ' +
  'CACHED_PACKAGES_ARCHIVE LICENSE_CHECK_MODE LICENSE_CHECK_DIRS LICENSE_CHECK_EXCEPTION_FILE ' +
  'LICENSE_CHECK_NAME_FILE NUM_OF_ANALYTICS_RESULTS USE_PREVIEW_REPO DISABLE_UPSTREAM_REPOS ' +
  'DISABLE_DEFAULT_REPOS DAILY_BUILD_ID DAILY_BUILD_REPO DAILY_BUILD_ID_UPDATE_MANIFESTS ' +
  'DAILY_BUILD_SKIP_TOOLCHAIN_AUTO_CLEANUP REPO_SNAPSHOT_TIME PRECACHE PRECACHER_SNAPSHOT ' +
  'PRECACHER_NON_FATAL PACKAGE_CACHE_SUMMARY IMAGE_CACHE_SUMMARY INITRD_CACHE_SUMMARY ' +
  'VALIDATE_IMAGE_GPG IMAGE_GPG_VALIDATION_KEYS QUERY_INPUT_FILE QUERY_CMD QUERY_OUTPUT_FILE ' +
  'CONFIG_BASE_DIR IMAGE_TAG BUILD_ID SSH_KEY_FILE META_USER_DATA_DIR UNATTENDED_INSTALLER REBUILD_TOOLS ' +
  'BUILD_TOOLS_NONPROD LOG_LEVEL LOG_COLOR STOP_ON_WARNING ARCHIVE_TOOL ENABLE_CPU_PROFILE ' +
  'ENABLE_MEM_PROFILE ENABLE_TRACE IMAGE_CUSTOMIZER_VERSION_PREVIEW DIST_NAME_ABRV DIST_TAG ' +
  'RELEASE_MAJOR_ID RELEASE_MINOR_ID BUILD_NUMBER PROJECT_ROOT BUILD_DIR'
).split(' ');

/** Variables given to `make` that mean something to make itself. */
const OF_MAKE = ['SHELL', 'MAKEFLAGS'];

/**
 * Refuses variables that were given to `make` and would otherwise be ignored.
 * Throws `VARIABLE_NOT_SUPPORTED` or `VARIABLE_UNKNOWN`, naming the first.
 */
export function checkMakeVariables(names: readonly string[]): void {
  const known = VARIABLES.map((variable) => variable.name);
  for (const name of names) {
    if (known.includes(name) || OF_MAKE.includes(name)) continue;
    if (NOT_YET.includes(name)) {
      throw usageError('VARIABLE_NOT_SUPPORTED', `the variable ${name} is not supported yet`, {
        hint: `Leave it out. 'make help' lists the variables that are.`,
      });
    }
    const near = nearestName(name, known);
    throw usageError('VARIABLE_UNKNOWN', `there is no variable ${name}`, {
      hint: near === undefined ? `'make help' lists the variables.` : `Did you mean ${near}?`,
    });
  }
}

/** The value of the first of `names` that is set and not empty, else the table's fallback. */
export function variable(env: NodeJS.ProcessEnv, ...names: readonly [string, ...string[]]): string {
  for (const name of names) {
    const value = env[name];
    if (value !== undefined && value !== '') return value;
  }
  return VARIABLES.find((entry) => entry.name === names[0])?.fallback ?? '';
}

/** A `y`/`n` variable as a boolean. Throws `VARIABLE_INVALID` for anything else. */
export function yesNo(env: NodeJS.ProcessEnv, name: string): boolean {
  const value = variable(env, name);
  if (value === 'y') return true;
  if (value === 'n') return false;
  throw usageError('VARIABLE_INVALID', `${name} is '${value}'; it takes y or n`);
}

/** A whole number of at least 0. Throws `VARIABLE_INVALID` for anything else. */
export function wholeNumber(env: NodeJS.ProcessEnv, name: string): number {
  const value = variable(env, name);
  if (/^\d{1,6}$/.test(value)) return Number(value);
  throw usageError('VARIABLE_INVALID', `${name} is '${value}'; it takes a whole number`);
}

/** The release version that images get; undefined leaves it to them. Throws `VARIABLE_INVALID`. */
export function releaseVersion(env: NodeJS.ProcessEnv): string | undefined {
  const value = variable(env, 'RELEASE_VERSION');
  if (value === '') return undefined;
  if (RELEASE_VERSION.test(value)) return value;
  throw usageError(
    'VARIABLE_INVALID',
    `RELEASE_VERSION is '${value}'; it takes letters, digits and . + ~ _ -, as 1.0.20260101`,
  );
}

/** Words separated by white space. */
export function words(value: string): string[] {
  return value.split(/\s+/).filter((word) => word !== '');
}

/** How roots are made and entered. Throws `VARIABLE_INVALID`. */
export function toolchain(env: NodeJS.ProcessEnv): 'userns' | 'docker' {
  const value = variable(env, 'TOOLCHAIN');
  if (value === 'userns' || value === 'docker') return value;
  throw usageError('VARIABLE_INVALID', `TOOLCHAIN is '${value}'; it takes userns or docker`);
}
