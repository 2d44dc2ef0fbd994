import { spawnSync } from 'node:child_process';
import type { ComposeJob } from '../../domain/image-job.ts';
import { settleDatabase } from './database.ts';

/**
 * Installs the packages in one transaction, scriptlets included, erases those that shall go, and leaves an rpm
 * database whose bytes depend on nothing else. Returns what rpm said that is no error. Throws `Error` with
 * rpm's own words.
 */
export function installPackages(job: ComposeJob): string[] {
  // An image that is changed keeps the bytes of its database.
  if (job.rpms.length === 0 && job.removePackages.length === 0) return [];
  try {
    const said = job.rpms.length === 0 ? [] : runRpm(job, installArguments(job));
    return job.removePackages.length === 0
      ? said
      : [...said, ...runRpm(job, ['--erase', '--', ...job.removePackages])];
  } finally {
    settleDatabase(job);
  }
}

function installArguments(job: ComposeJob): string[] {
  const excluded = job.devices.map(({ path }) => Buffer.from(path, 'latin1').toString('utf8'));
  return [
    // Which versions there are to be was decided before.
    ...(job.base === undefined ? ['--install'] : ['--upgrade', '--oldpackage']),
    '--nosignature',
    ...excluded.map((path) => `--excludepath=${path}`),
    '--',
    ...job.rpms,
  ];
}

function runRpm(job: ComposeJob, args: readonly string[]): string[] {
  const done = spawnSync(
    'rpm',
    [
      ...['--root', job.target, '--dbpath', job.dbPath, '--define', '_pkgverify_level digest'],
      // What systemd itself uses: numbers and dates of the accounts depend on nothing but the packages.
      ...['--define', '__systemd_sysusers /usr/bin/systemd-sysusers'],
      ...Object.entries(job.macros).flatMap(([name, body]) => ['--define', `${name} ${body}`]),
      ...args,
    ],
    {
      encoding: 'utf8',
      maxBuffer: 64 << 20,
      env: {
        ...process.env,
        ...{ SOURCE_DATE_EPOCH: String(job.epoch), TZ: 'UTC', LC_ALL: 'C.UTF-8' },
        // Nobody wants to read of each account that is made as it should be.
        SYSTEMD_LOG_LEVEL: 'warning',
      },
    },
  );
  if (done.error !== undefined) throw new Error(`rpm could not be started: ${done.error.message}`);
  const said = `${done.stdout}\n${done.stderr}`.split('\n').filter((line) => line.trim() !== '');
  const failures = said.filter(isFailure);
  if (done.status !== 0 || failures.length > 0) {
    throw new Error(
      `rpm exited with ${done.status ?? done.signal}:\n${(failures.length > 0 ? said : said.slice(-40)).join('\n')}`,
    );
  }
  return said.filter((line) => !line.includes('private mounts in chroot'));
}

/**
 * What rpm says in passing and an image must not have: files that went to root because their owner was
 * not there, and scriptlets that failed.
 */
export function isFailure(line: string): boolean {
  return (
    /^error:/i.test(line) ||
    /(?:user|group) .* does not exist/.test(line) ||
    /scriptlet failed|cannot .*(?:chown|mknod|cap_set)|failed to .*(?:chown|open|write)/i.test(line)
  );
}
