import type { Sha256 } from './digest.ts';
import type { ImageConfig } from './image.ts';

/** What is said about an image beside its artifacts. */
export const documentKinds = ['packages', 'spdx', 'cyclonedx', 'provenance', 'lock', 'manifest'] as const;
export type DocumentKind = (typeof documentKinds)[number];

/** End of each kind's file name, after `NAME-VERSION`. */
export const DOCUMENT_ENDINGS: Readonly<Record<DocumentKind, string>> = {
  packages: '.packages.txt',
  spdx: '.spdx.json',
  cyclonedx: '.cdx.json',
  provenance: '.intoto.json',
  lock: '.lock.json',
  manifest: '.manifest.jsonl',
};

export interface ImageDocument {
  readonly kind: DocumentKind;
  readonly text: string;
}

/** A file that the documents speak of. */
export interface ListedFile {
  readonly name: string;
  readonly sha256: Sha256;
}

/** File name of a document: `name-version` and what it is. */
export function documentName(
  { name, version }: Pick<ImageConfig, 'name' | 'version'>,
  kind: DocumentKind,
): string {
  return `${name}-${version}${DOCUMENT_ENDINGS[kind]}`;
}
