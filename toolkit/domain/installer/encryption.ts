import type { ImageConfig } from '../image.ts';

/** Whether the root becomes a LUKS container on the disk that it is installed to: no disk of the image has one. */
export function isEncryptedByInstaller({
  installer,
  disk,
}: Pick<ImageConfig, 'installer' | 'disk'>): boolean {
  return installer !== undefined && disk.encryption !== undefined;
}

/** The same system with a root that is not encrypted, where an installer lets one decline. */
export function declinedEncryption(config: ImageConfig): ImageConfig | undefined {
  if (!isEncryptedByInstaller(config) || config.installer?.encryption !== 'optional') return undefined;
  return { ...config, disk: { ...config.disk, encryption: undefined } };
}
