import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { usageError } from '../domain/errors.ts';
import type { EventSink } from '../domain/events.ts';
import type { Settings } from '../pipeline/settings.ts';
import { createJsonReporter } from '../report/json.ts';
import { createPlainReporter } from '../report/plain.ts';
import { createTerminalReporter } from '../report/terminal.ts';
import { releaseVersion, variable, wholeNumber, words, yesNo } from './variables.ts';

/** Options of a command line that stand before Make's variables. */
export interface CommandOptions {
  readonly config?: string;
  readonly system?: string;
  readonly packages?: readonly string[];
  readonly distro?: string;
  readonly specs?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Folder of the checkout that this program is part of. */
export const CHECKOUT = resolve(import.meta.dirname, '../..');

/**
 * Gathers what a run was asked for. Paths that the user wrote count from the folder where he stands.
 * Throws usage errors for values that no run can take.
 */
export function readSettings(options: CommandOptions, env: NodeJS.ProcessEnv): Settings {
  const config = options.config ?? variable(env, 'CONFIG', 'CONFIG_FILE');
  const mode = variable(env, 'SRPM_FILE_SIGNATURE_HANDLING');
  if (mode !== 'enforce' && mode !== 'skip' && mode !== 'update') {
    throw usageError(
      'VARIABLE_INVALID',
      `SRPM_FILE_SIGNATURE_HANDLING is '${mode}'; it takes enforce, skip or update`,
    );
  }
  const cores = availableParallelism();
  return {
    checkout: CHECKOUT,
    distro: options.distro ?? variable(env, 'DISTRO'),
    specsDir: options.specs === undefined ? fromCheckout(variable(env, 'SPECS_DIR')) : resolve(options.specs),
    outDir: fromCheckout(variable(env, 'OUT_DIR')),
    imagesDir: fromCheckout(variable(env, 'IMAGES_DIR')),
    signKey: variable(env, 'SIGN_KEY') || undefined,
    config: config === '' ? undefined : resolve(config),
    system: (options.system ?? variable(env, 'SYSTEM_CONFIG')) || undefined,
    release: releaseVersion(env),
    packages: options.packages ?? words(variable(env, 'PACKAGES', 'PACKAGE_BUILD_LIST', 'SRPM_PACK_LIST')),
    rebuild: words(variable(env, 'PACKAGE_REBUILD_LIST')),
    buildLocally: yesNo(env, 'REBUILD_PACKAGES'),
    packageUrls: words(variable(env, 'PACKAGE_URL_LIST')).map(urlOrFolder),
    repoFiles: words(variable(env, 'REPO_LIST')).map((path) => resolve(path)),
    sourceUrls: words(variable(env, 'SOURCE_URL')).map(urlOrFolder),
    signatureMode: mode,
    runCheck: yesNo(env, 'RUN_CHECK'),
    concurrentBuilds: wholeNumber(env, 'CONCURRENT_PACKAGE_BUILDS') || cores,
    jobs: wholeNumber(env, 'MAX_CPU') || cores,
    dryRun: options.dryRun ?? yesNo(env, 'DRY_RUN'),
    keepGoing: !yesNo(env, 'STOP_ON_PKG_FAIL'),
  };
}

/** A word with a scheme is a URL, any other a folder. */
function urlOrFolder(word: string): string {
  return /^[a-z][a-z0-9+.-]*:/i.test(word) ? word : resolve(word);
}

function fromCheckout(path: string): string {
  return resolve(CHECKOUT, path);
}

/** The reporter that suits where the output goes, and how to take its live part away. */
export function createReporter(json: boolean): EventSink & Disposable {
  if (json) return still(createJsonReporter((text) => process.stdout.write(text)));
  const live = process.stderr.isTTY && process.env.TERM !== 'dumb' && process.env.CI === undefined;
  if (!live)
    return still(
      createPlainReporter(
        (text) => process.stderr.write(text),
        () => performance.now(),
      ),
    );
  return createTerminalReporter({
    write: (text) => process.stderr.write(text),
    columns: () => process.stderr.columns ?? 80,
    now: () => performance.now(),
  });
}

function still(sink: EventSink): EventSink & Disposable {
  return { emit: (event) => sink.emit(event), [Symbol.dispose]: () => undefined };
}

/** Whether output is to be JSON lines. */
export function wantsJson(options: CommandOptions, env: NodeJS.ProcessEnv): boolean {
  return options.json ?? yesNo(env, 'JSON');
}
