import type { DiskVerity } from './image-config/disk.ts';

const BASE = '/run/verity-overlays';

type Overlays = Pick<DiskVerity, 'overlays' | 'overlaySize' | 'overlayDebug'>;

/** What `overlayProgram` was given; undefined for another program. */
export function parseOverlayProgram(text: string): Overlays | undefined {
  const folders = [...text.matchAll(/^over \d+ '(.*)'$/gm)].map(([, folder = '']) =>
    folder.replaceAll("'\\''", "'"),
  );
  const overlaySize = /^mount -t tmpfs -o mode=0700,size=(\S+) /m.exec(text)?.[1] ?? '';
  const found = { overlays: folders, overlaySize, overlayDebug: !text.includes('\numount -l ') };
  return overlayProgram(found) === text ? found : undefined;
}

/**
 * The first program of a system whose root is read-only and of which some folders can be written to until the next
 * boot: it lays memory over them and starts the real init. What fails is told, and the system starts all the same.
 */
export function overlayProgram({ overlays, overlaySize, overlayDebug }: Overlays): string {
  const folders = overlays.map((folder, index) => `over ${index + 1} '${folder.replaceAll("'", "'\\''")}'`);
  return `#!/bin/sh
# Started by the kernel (init=) before the real init.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
base=${BASE}

over() {
    mkdir -p "$base/$1/upper" "$base/$1/work" &&
        chown "$(stat -c %u:%g "$2")" "$base/$1/upper" &&
        chmod "$(stat -c %a "$2")" "$base/$1/upper" &&
        mount -t overlay -o "lowerdir=$2,upperdir=$base/$1/upper,workdir=$base/$1/work" overlay "$2" ||
        echo "verity-overlays: $2 stays read-only" >&2
}

mount -t tmpfs -o nosuid,nodev,mode=0755,size=20% run /run
mkdir "$base"
mount -t tmpfs -o mode=0700,size=${overlaySize} verity-overlays "$base"
${folders.join('\n')}
${overlayDebug ? '# They can be looked at there.' : 'umount -l "$base"'}
exec /sbin/init "$@"
`;
}
