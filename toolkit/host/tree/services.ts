import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { ComposeJob } from '../../domain/image-job.ts';
import { withProc } from './prepare.ts';

const SYSTEMCTL = '/usr/bin/systemctl';

/**
 * Enables units of systemd: as the presets of the packages say, then as the configuration says. The image's
 * own systemctl does it, without a running system. Throws `Error` with its words, and where units are named
 * for an image without systemd.
 */
export function setServices({
  target,
  services,
  base,
}: Pick<ComposeJob, 'target' | 'services' | 'base'>): void {
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
