import type { SpecScanResult } from './spec.ts';
import { isScanFailure } from './spec.ts';

/**
 * The macros by which specs take each other's versions: %PREFIX_SPEC_version, _release (without the dist tag)
 * and, where there is one, _epoch, with their values; SPEC is the name of the spec file with `_` for `-`. Sorted by name; of two
 * specs with one file name the last by path counts. A value may hold macros: rpm expands it where it is used.
 */
export function versionMacros(
  results: Iterable<SpecScanResult>,
  prefix: string,
  distTag: string,
): ReadonlyMap<string, string> {
  const macros = new Map<string, string>();
  for (const result of results) {
    if (isScanFailure(result)) continue;
    const { epoch, version, release } = result.source;
    const file = result.spec.slice(result.spec.lastIndexOf('/') + 1).replace(/\.spec$/, '');
    const name = `${prefix}_${file.replaceAll('-', '_')}`;
    if (!/^\w+$/.test(name)) continue;
    macros.delete(`${name}_epoch`);
    if (epoch !== 0) macros.set(`${name}_epoch`, String(epoch));
    macros.set(`${name}_version`, version);
    macros.set(`${name}_release`, release.replace(distTag, ''));
  }
  return new Map(
    [...macros]
      .filter(([, body]) => body !== '' && !/[\n\r]/.test(body))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Names of version macros that a text mentions, sorted, each once. */
export function mentionedVersionMacros(text: string, prefix: string): readonly string[] {
  const pattern = new RegExp(`(?<![A-Za-z0-9_])${prefix}_\\w+_(?:version|release|epoch)(?!\\w)`, 'g');
  return [...new Set(text.match(pattern) ?? [])].sort();
}
