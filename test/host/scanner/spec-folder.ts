import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScannedPackage, SpecScanFailure, SpecScanResult } from '../../../toolkit/domain/spec.ts';
import { isScanFailure } from '../../../toolkit/domain/spec.ts';

/** The least preamble of a spec: six lines. */
export function head(name: string): string {
  return `Name: ${name}
Version: 1
Release: 1
Summary: x
License: x
BuildArch: noarch
`;
}

/** The least that makes a package of it. */
export const tail = `%description
x
%files
`;

/** A spec with lines of its own in its preamble: they start at line 7. */
export function spec(name: string, ...lines: readonly string[]): string {
  return `${head(name)}${lines.map((line) => `${line}\n`).join('')}${tail}`;
}

/** Writes specs by name, each in a folder of its name. */
export async function writeSpecs(
  folder: string,
  specs: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, text] of Object.entries(specs)) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, `${name}.spec`), text);
  }
}

type Results = ReadonlyMap<string, SpecScanResult>;

/** What a spec of a folder of its name gave. Throws when it failed. */
export function packagesOf(
  results: Results,
  name: string,
  file = `${name}/${name}.spec`,
): readonly ScannedPackage[] {
  const result = results.get(file);
  if (result === undefined || isScanFailure(result)) throw new Error(`${name}: ${JSON.stringify(result)}`);
  return result.packages;
}

/** Why a spec failed; undefined when it did not. */
export function failureOf(results: Results, file: string): SpecScanFailure['error'] | undefined {
  const result = results.get(file);
  return result !== undefined && isScanFailure(result) ? result.error : undefined;
}
