import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ComposeFile, ComposeJob } from '../../domain/image-job.ts';
import { withProc } from './prepare.ts';

const SYSTEMCTL = '/usr/bin/systemctl';

const UNIT = /(?:^|\/)systemd\/(?:system|user)\//;

/**
 * Enables units of systemd: as the presets of the packages say, then as the configuration says. The image's
 * own systemctl does it, without a running system. `putUnits` brings the configuration's own units into the target:
 * presets are for what packages bring. Throws `Error` with systemctl's words, and where units are named
 * for an image without systemd.
 */
export function setServices(
  { target, services, base, files }: Pick<ComposeJob, 'target' | 'services' | 'base' | 'files'>,
  putUnits: (units: readonly ComposeFile[]) => void,
): void {
  const named = Object.entries(services).filter(([, units]) => units.length > 0);
  if (!existsSync(`${target}${SYSTEMCTL}`)) {
    const [first] = named;
    if (first === undefined) return;
    throw new Error(`services.${first[0]} names ${first[1].join(', ')}, and the image has no systemd`);
  }
  withProc(target, () => {
    if (base === undefined) {
      systemctl(target, ['preset-all']);
      systemctl(target, ['--global', 'preset-all']);
    } else if (base.newUnits.length > 0) systemctl(target, ['preset', '--', ...base.newUnits]);
  });
  if (named.length === 0) return;
  const units = files.filter(({ path }) => UNIT.test(path));
  if (units.length > 0) putUnits(units);
  withProc(target, () => {
    for (const [verb, units] of named) systemctl(target, [verb, '--', ...units]);
  });
}

function systemctl(target: string, args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync('chroot', [target, SYSTEMCTL, '--quiet', ...args], {
    encoding: 'utf8',
    env: { PATH: '/usr/sbin:/usr/bin', LC_ALL: 'C.UTF-8', SYSTEMD_OFFLINE: '1' },
  });
  if (status === 0) return;
  const said = error === undefined ? `${stdout}${stderr}`.trim() : error.message;
  throw new Error(`systemctl ${args.join(' ')}: ${said}`);
}
