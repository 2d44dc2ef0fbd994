import type { PackageFile, RpmPackage } from '../../domain/package.ts';
import { readPaths } from './files.ts';
import { invalidHeader, type RpmHeader } from './header.ts';
import type { RpmHeaders } from './read.ts';
import { readRelations } from './relations.ts';
import { FILE_GHOST, SIGNATURE_TAG, TAG } from './tags.ts';

const FILE_TYPE_MASK = 0o170000;
const DIRECTORY = 0o040000;

/** What the headers of an RPM say about its package. Throws `RPM_INVALID`. */
export function toRpmPackage({ main, signature, headerRange }: RpmHeaders): RpmPackage {
  const isSource = main.has(TAG.sourcePackage) || !main.has(TAG.sourceRpm);
  return {
    name: required(main, TAG.name, 'name'),
    epoch: main.integer(TAG.epoch) ?? 0,
    version: required(main, TAG.version, 'version'),
    release: required(main, TAG.release, 'release'),
    arch: isSource ? sourceArch(main) : required(main, TAG.arch, 'architecture'),
    summary: main.string(TAG.summary),
    description: main.string(TAG.description),
    url: main.string(TAG.url),
    license: main.string(TAG.license),
    vendor: main.string(TAG.vendor),
    group: main.string(TAG.group),
    buildHost: main.string(TAG.buildHost),
    packager: main.string(TAG.packager),
    sourceRpm: main.string(TAG.sourceRpm),
    buildTime: main.integer(TAG.buildTime) ?? 0,
    isSource,
    installedSize: main.integer(TAG.longSize) ?? main.integer(TAG.size) ?? 0,
    archiveSize:
      signature.integer(SIGNATURE_TAG.longArchiveSize) ??
      signature.integer(SIGNATURE_TAG.payloadSize) ??
      main.integer(TAG.archiveSize) ??
      0,
    headerRange,
    provides: readRelations(main, 'provides'),
    requires: readRelations(main, 'requires'),
    conflicts: readRelations(main, 'conflicts'),
    obsoletes: readRelations(main, 'obsoletes'),
    recommends: readRelations(main, 'recommends'),
    suggests: readRelations(main, 'suggests'),
    supplements: readRelations(main, 'supplements'),
    enhances: readRelations(main, 'enhances'),
    files: readPackageFiles(main),
    changelogs: readChangelogs(main),
  };
}

/** A source RPM's header carries the machine's architecture; the world knows it as `src` or `nosrc`. */
function sourceArch(header: RpmHeader): string {
  return header.has(TAG.noSource) || header.has(TAG.noPatch) ? 'nosrc' : 'src';
}

function required(header: RpmHeader, tag: number, what: string): string {
  const text = header.string(tag);
  if (text === '') {
    throw invalidHeader(`the package has no ${what}`);
  }
  return text;
}

function readPackageFiles(header: RpmHeader): PackageFile[] {
  const modes = header.integers(TAG.fileModes);
  const flags = header.integers(TAG.fileFlags);
  return readPaths(header).map((path, index) => ({
    path: path.toString('latin1'),
    type: fileType(modes[index] ?? 0, flags[index] ?? 0),
  }));
}

function fileType(mode: number, flags: number): PackageFile['type'] {
  if ((mode & FILE_TYPE_MASK) === DIRECTORY) {
    return 'dir';
  }
  return (flags & FILE_GHOST) !== 0 ? 'ghost' : 'file';
}

function readChangelogs(header: RpmHeader): RpmPackage['changelogs'] {
  const authors = header.strings(TAG.changelogName);
  const dates = header.integers(TAG.changelogTime);
  const texts = header.strings(TAG.changelogText);
  if (dates.length !== authors.length || texts.length !== authors.length) {
    throw invalidHeader(
      `${authors.length} changelog authors with ${dates.length} dates and ${texts.length} texts`,
    );
  }
  return authors.map((author, index) => ({ author, date: dates[index] ?? 0, text: texts[index] ?? '' }));
}
