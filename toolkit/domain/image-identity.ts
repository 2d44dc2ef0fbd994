import type { ImageConfig } from './image.ts';
import { DISTROKIT_NAMESPACE, uuidV5 } from './uuid.ts';

/** Every UUID of an image. They depend on its name and release version only, so that two builds agree. */
export interface ImageIdentity {
  readonly disk: string;
  readonly biosPartition: string;
  readonly espPartition: string;
  readonly rootPartition: string;
  /** UUID of the root file system. */
  readonly rootFileSystem: string;
  /** Seed of the hashes of its folders. */
  readonly rootHashSeed: string;
  /** FAT's volume serial number: 8 hexadecimal digits. */
  readonly espSerial: string;
  readonly iso: string;
  readonly isoEspSerial: string;
  /** Volume label of the ISO: at most 32 of A-Z, 0-9 and _. */
  readonly isoLabel: string;
  /** Name-based UUID of anything else of this image. */
  readonly of: (role: string) => string;
}

/** UUIDs of an image: those that it keeps; else UUIDv5 of name, release version, role and what else there is. */
export function imageIdentity({
  name,
  version,
  keptUuids,
  uuidSeed,
}: Pick<ImageConfig, 'name' | 'version' | 'keptUuids' | 'uuidSeed'>): ImageIdentity {
  const seed = uuidSeed === undefined ? '' : `\n${uuidSeed}`;
  const of = (role: string): string =>
    keptUuids?.[role] ?? uuidV5(DISTROKIT_NAMESPACE, `image\n${name}\n${version}\n${role}${seed}`);
  return {
    disk: of('disk'),
    biosPartition: of('partition bios'),
    espPartition: of('partition esp'),
    rootPartition: of('partition root'),
    rootFileSystem: of('file system root'),
    rootHashSeed: of('hash seed root'),
    espSerial: of('file system esp').slice(0, 8).toUpperCase(),
    iso: of('iso'),
    isoEspSerial: of('file system iso esp').slice(0, 8).toUpperCase(),
    isoLabel: `${name}_${version}`
      .toUpperCase()
      .replace(/[^A-Z0-9]+/g, '_')
      .slice(0, 32),
    of,
  };
}
