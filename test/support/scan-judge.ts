import { rm } from 'node:fs/promises';
import { expect } from 'vitest';
import type { DistroProfile } from '../../toolkit/domain/distro.ts';
import { isScanFailure, type SpecScan } from '../../toolkit/domain/spec.ts';
import { versionMacros } from '../../toolkit/domain/version-macros.ts';
import type { Host } from '../../toolkit/host/host.ts';
import { sharedFolder } from '../host/scanner/real-host.ts';
import { writeAwkwardTree } from './awkward-tree.ts';
import { type DistroScan, scanDistro } from './distro-scan.ts';
import { askRpmspec, differences, fieldsOf } from './rpmspec.ts';

/** A folder with the awkward tree; gone when it is disposed. */
export async function awkwardTree() {
  const path = await sharedFolder('awkward-');
  await writeAwkwardTree(path);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Scans of a report by path; none may have failed. */
export function scansOf({ report }: DistroScan): ReadonlyMap<string, SpecScan> {
  return new Map(
    report.results.map((result) => {
      if (isScanFailure(result)) throw new Error(JSON.stringify(result));
      return [result.spec, result];
    }),
  );
}

/** Compares every field of the scans that `chosen` names, or of all, with stock rpmspec in the same root. */
export async function expectAsRpmspec(
  host: Host,
  folder: string,
  profile: DistroProfile,
  signal: AbortSignal,
  chosen: (specs: readonly string[]) => readonly string[] = (specs) => specs,
): Promise<DistroScan> {
  const made = await scanDistro(host, folder, profile, signal);
  const scans = scansOf(made);
  const { versionMacros: prefix, target } = profile;
  const versions =
    prefix === undefined ? new Map<string, string>() : versionMacros(scans.values(), prefix, target.distTag);
  const specs = chosen([...scans.keys()]);
  const told = await askRpmspec(host, made.root, made.request, specs, versions, signal);
  expect(specs.length).toBeGreaterThan(0);
  expect(specs.flatMap((spec) => differences(spec, fieldsOf(scans.get(spec)!), told.get(spec)!))).toEqual([]);
  return made;
}

/** Draws `count` of the items, the same for the same seed. */
export function draw<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const left = [...items];
  const drawn: T[] = [];
  // mulberry32
  let state = seed >>> 0;
  while (drawn.length < count && left.length > 0) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    drawn.push(...left.splice(((mixed ^ (mixed >>> 14)) >>> 0) % left.length, 1));
  }
  return drawn;
}
