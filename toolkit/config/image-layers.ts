import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { isCustomizer, translateCustomizer } from './image-customizer/translate.ts';
import {
  type ConfigDocument,
  type ConfigProblem,
  checkDocument,
  parseConfigDocument,
} from './image-document.ts';
import { fileProblem } from './image-files.ts';
import { type ConfigSecrets, NO_SECRETS } from './image-original/secrets.ts';
import { isOriginal, translateOriginal } from './image-original/translate.ts';
import { imageSchema } from './image-schema.ts';
import { findPlaced, overlay, type Placed, placedDocument, problemOf, without } from './placed.ts';

/** What was gathered while a configuration and all it names was read. */
export interface Loading {
  /** What paths in messages are relative to. */
  readonly base: string;
  /** Of a configuration with several systems: the one that is built. */
  readonly system: string | undefined;
  /** Configurations with several systems that were read. */
  readonly originals: string[];
  /** Names of their systems that are not built. */
  readonly otherSystems: string[];
  readonly problems: ConfigProblem[];
  readonly files: string[];
  /** Of files that have secrets as they are, by absolute path: what they say without them, in JSON. */
  readonly withoutSecrets: Map<string, string>;
}

/** A configuration laid over what it extends. */
export interface Layers {
  readonly placed: Placed;
  readonly secrets: ConfigSecrets;
  /** Whether all of it is known: no file is such that nothing of it could be read. */
  readonly isWhole: boolean;
}

/** Reads a file of the user, and notes that it was read. */
export async function readDocument(file: string, loading: Loading): Promise<ConfigDocument> {
  if (!loading.files.includes(file)) loading.files.push(file);
  return parseConfigDocument(relative(loading.base, file), await readFile(file, 'utf8'));
}

/**
 * Reads a configuration with all that it extends, in either form. What is wrong is added to the problems, and
 * what could be read is given all the same. `chain` are the files that extend this one.
 */
export async function readLayers(
  file: string,
  loading: Loading,
  chain: readonly string[] = [],
): Promise<Layers> {
  const written = await readDocument(file, loading);
  const isAzureLinux = isOriginal(written);
  if (isAzureLinux) loading.originals.push(file);
  const original = isAzureLinux ? translateOriginal(written, loading.system) : undefined;
  loading.otherSystems.push(...(original?.otherSystems ?? []));
  const own =
    original ??
    (isCustomizer(written)
      ? translateCustomizer(written)
      : { document: written, secrets: NO_SECRETS, holdsSecrets: false });
  if (own.holdsSecrets) loading.withoutSecrets.set(file, JSON.stringify(own.document.value));
  loading.problems.push(...checkDocument(own.document, imageSchema).problems);
  const placed = placedDocument(own.document, file);
  let below: Layers | undefined;
  let isWhole = own.document.problems.length === 0;
  for (const { found } of [...findPlaced(placed, 'extends'), ...findPlaced(placed, 'extends.*')]) {
    if (found.content.kind === 'list') continue;
    const layer = await readExtended(found, file, loading, chain);
    if (layer === undefined) isWhole = false;
    else below = below === undefined ? layer : layOver(below, layer);
  }
  const above = { placed: without(placed, ['extends']), secrets: own.secrets, isWhole };
  // Only the configuration itself may say what it is called.
  return below === undefined ? above : layOver({ ...below, placed: without(below.placed, ['name']) }, above);
}

async function readExtended(
  found: Placed,
  file: string,
  loading: Loading,
  chain: readonly string[],
): Promise<Layers | undefined> {
  if (found.content.kind !== 'scalar' || typeof found.content.value !== 'string') return undefined;
  const written = found.content.value;
  const path = resolve(dirname(file), written);
  const isLoop = path === file || chain.includes(path);
  const problem = isLoop ? `${written} extends this file already` : await fileProblem(path, written);
  if (problem === undefined) return await readLayers(path, loading, [...chain, file]);
  loading.problems.push(problemOf(found, problem));
  return undefined;
}

function layOver(below: Layers, above: Layers): Layers {
  return {
    placed: overlay(below.placed, above.placed),
    isWhole: below.isWhole && above.isWhole,
    secrets: {
      users: new Map([...below.secrets.users, ...above.secrets.users]),
      encryption: above.secrets.encryption ?? below.secrets.encryption,
    },
  };
}
