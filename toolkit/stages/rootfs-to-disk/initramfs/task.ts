import type { ImageConfig } from '../../../domain/image.ts';

/** What an initramfs does before the root is mounted and its first program is started. */
export interface InitramfsTask {
  /** Whether it opens the LUKS2 container that the root lies in. */
  readonly unlocks: boolean;
}

/** What has to be done for a disk; undefined where its kernel mounts the root by itself. */
export function initramfsTask({ disk }: Pick<ImageConfig, 'disk'>): InitramfsTask | undefined {
  const unlocks = disk.encryption !== undefined;
  return unlocks ? { unlocks } : undefined;
}

/** Programs of the image that it runs, beside what the shell has built in. */
export function programsOf({ unlocks }: InitramfsTask): readonly string[] {
  return [...(unlocks ? ['cryptsetup', 'stty'] : []), 'mount', 'sleep', 'switch_root'];
}
