import { createHash } from 'node:crypto';
import { canonicalJson, type KeyPart } from '../../domain/action-key.ts';
import type { Sha256 } from '../../domain/digest.ts';

/** An image of one layer. */
export interface OciImage {
  /** Name and release version, as annotations. */
  readonly name: string;
  readonly version: string;
  readonly architecture: 'amd64' | 'arm64';
  /** Seconds since the epoch. */
  readonly created: number;
  /** SHA-256 of the layer's tar, before it is compressed. */
  readonly diffId: Sha256;
  readonly compression: 'gzip' | 'zstd';
}

/** A document or layer by its digest. */
export interface Blob {
  readonly sha256: Sha256;
  readonly size: number;
}

export interface Document extends Blob {
  readonly bytes: Buffer;
}

const MEDIA = 'application/vnd.oci.image';
const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What the image runs as and what it is made of. Source: OCI Image Specification 1.1, config.md. */
export function encodeConfig(image: OciImage): Document {
  const created = timestamp(image.created);
  return document({
    architecture: image.architecture,
    config: { Cmd: ['/bin/sh'], Env: [`PATH=${SEARCH_PATH}`], Labels: annotations(image) },
    created,
    history: [{ created, created_by: 'distrokit' }],
    os: 'linux',
    rootfs: { diff_ids: [`sha256:${image.diffId}`], type: 'layers' },
  });
}

/** Source: OCI Image Specification 1.1, manifest.md. */
export function encodeManifest(image: OciImage, config: Blob, layer: Blob): Document {
  return document({
    annotations: annotations(image),
    config: descriptor(`${MEDIA}.config.v1+json`, config),
    layers: [descriptor(`${MEDIA}.layer.v1.tar+${image.compression}`, layer)],
    mediaType: `${MEDIA}.manifest.v1+json`,
    schemaVersion: 2,
  });
}

/** What the layout holds: one image, called NAME:VERSION. Source: image-index.md, annotations.md. */
export function encodeIndex(image: OciImage, manifest: Blob): Document {
  const { architecture, name } = image;
  const tag = image.version.replace(/[^A-Za-z0-9._-]/g, '-');
  return document({
    manifests: [
      {
        ...descriptor(`${MEDIA}.manifest.v1+json`, manifest),
        annotations: { 'org.opencontainers.image.ref.name': `${name}:${tag}` },
        platform: { architecture, os: 'linux' },
      },
    ],
    mediaType: `${MEDIA}.index.v1+json`,
    schemaVersion: 2,
  });
}

/** Marks a folder as a layout. Source: image-layout.md. */
export function encodeLayout(): Document {
  return document({ imageLayoutVersion: '1.0.0' });
}

function annotations({ name, version, created }: OciImage): { readonly [name: string]: KeyPart } {
  return {
    'org.opencontainers.image.created': timestamp(created),
    'org.opencontainers.image.title': name,
    'org.opencontainers.image.version': version,
  };
}

function descriptor(mediaType: string, { sha256, size }: Blob) {
  return { digest: `sha256:${sha256}`, mediaType, size };
}

function timestamp(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}

function document(value: KeyPart): Document {
  const bytes = Buffer.from(canonicalJson(value));
  return { bytes, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
