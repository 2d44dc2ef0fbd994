/** One line of /proc/self/mountinfo, proc_pid_mountinfo(5). */
export interface MountInfo {
  readonly mountPoint: string;
  readonly options: readonly string[];
  readonly type: string;
}

export function parseMountInfo(text: string): MountInfo[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const fields = before.split(' ');
      return {
        mountPoint: unescapeOctal(fields[4] ?? ''),
        options: (fields[5] ?? '').split(','),
        type: after.split(' ')[0] ?? '',
      };
    });
}

/** The mount that holds an absolute, canonical path: the last one listed among the longest. */
export function mountOf(mounts: readonly MountInfo[], path: string): MountInfo | undefined {
  let found: MountInfo | undefined;
  for (const mount of mounts) {
    const prefix = mount.mountPoint === '/' ? '/' : `${mount.mountPoint}/`;
    if (path !== mount.mountPoint && !path.startsWith(prefix)) continue;
    if (found === undefined || mount.mountPoint.length >= found.mountPoint.length) found = mount;
  }
  return found;
}

const LOCKABLE = new Set(['nosuid', 'nodev', 'noexec', 'noatime', 'nodiratime', 'relatime']);

/** The flags that a remount inside a user namespace has to repeat, as `,nosuid,nodev` or empty. */
export function lockedFlags(mount: MountInfo | undefined): string {
  return (mount?.options ?? [])
    .filter((option) => LOCKABLE.has(option))
    .map((option) => `,${option}`)
    .join('');
}

function unescapeOctal(field: string): string {
  return field.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
