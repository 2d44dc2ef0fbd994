import type { ImageConfig } from './image.ts';
import type { ImageOverlay } from './image-config/system.ts';

/** Where an initramfs has the root. */
const SYSROOT = '/sysroot';
/** Says that an initramfs mounts it. Source: systemd.mount(5). */
const EARLY = 'x-initrd.mount';

/** Folders that overlay file systems want. */
export function overlayFolders({ overlays }: Pick<ImageConfig, 'overlays'>): string[] {
  return overlays.flatMap(({ mount, lower, upper, work }) => [mount, ...lower, upper, work]);
}

/**
 * A line of fstab. One that an initramfs mounts is there when fstab is read, and has the paths that it was mounted with.
 * Source: Linux, Documentation/filesystems/overlayfs.rst; systemd.mount(5) for what it waits for.
 */
export function overlayLine(overlay: ImageOverlay): string {
  const { mount, after, options, early } = overlay;
  const words = early
    ? [earlyOptions(overlay), EARLY, 'nofail']
    : [folderOptions(overlay, ''), ...after.map((place) => `x-systemd.requires=${place}`)];
  const more = early || options === undefined ? [] : [options];
  return `overlay ${mount} overlay ${[...words, ...more].join(',')} 0 0`;
}

/** What an initramfs mounts it with. */
export function earlyOptions(overlay: ImageOverlay): string {
  const { options } = overlay;
  return [folderOptions(overlay, SYSROOT), ...(options === undefined ? [] : [options])].join(',');
}

function folderOptions({ lower, upper, work }: ImageOverlay, top: string): string {
  const below = lower.map((folder) => `${top}${folder}`).join(':');
  return `lowerdir=${below},upperdir=${top}${upper},workdir=${top}${work}`;
}

/** The overlays of an fstab that an initramfs mounts. */
export function earlyOverlays(fstab: string): ImageOverlay[] {
  return fstab.split('\n').flatMap((line): ImageOverlay[] => {
    const [kind, mount = '', type, options = ''] = line.split(/\s+/);
    const words = options.split(',');
    if (kind !== 'overlay' || type !== 'overlay' || !words.includes(EARLY)) return [];
    const optionOf = (key: string): string =>
      words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
    const inRoot = (path: string): string => path.replace(/^\/sysroot(?=\/)/, '');
    const others = words.filter(
      (word) => !/^(?:lowerdir|upperdir|workdir)=/.test(word) && !/^x-|^nofail$/.test(word),
    );
    const overlay = {
      ...{ mount, lower: optionOf('lowerdir').split(':').map(inRoot), upper: inRoot(optionOf('upperdir')) },
      ...{ work: inRoot(optionOf('workdir')), after: [], early: true },
      options: others.length === 0 ? undefined : others.join(','),
    };
    return [overlay];
  });
}
