import type { PackageFile, Relation, RpmPackage } from '../../domain/package.ts';
import { isPrimaryPath, pathToText } from './paths.ts';
import { RELATION_KINDS, type RepoPackage } from './types.ts';
import { attributes, DECLARATION, element } from './xml.ts';

const NAMESPACE = 'http://linux.duke.edu/metadata';
/** Newest entries that `other` keeps of a package, as createrepo_c does. */
const CHANGELOG_LIMIT = 10;

/** primary.xml, one piece a package. Source: rpm-md, as createrepo_c writes it. */
export function* primaryDocument(packages: readonly RepoPackage[]): Generator<string> {
  const names = { xmlns: `${NAMESPACE}/common`, 'xmlns:rpm': `${NAMESPACE}/rpm` };
  yield `${DECLARATION}<metadata${attributes({ ...names, packages: packages.length })}>\n`;
  for (const { header, digest, location } of packages) {
    yield [
      '<package type="rpm">\n',
      element('name', header.name),
      element('arch', header.arch),
      version(header),
      element('checksum', digest.sha256, { type: 'sha256', pkgid: 'YES' }),
      element('summary', header.summary),
      element('description', header.description),
      element('packager', header.packager),
      element('url', header.url),
      `<time${attributes({ file: header.buildTime, build: header.buildTime })}/>\n`,
      `<size${attributes({ package: digest.size, installed: header.installedSize, archive: header.archiveSize })}/>\n`,
      `<location${attributes({ href: location })}/>\n`,
      format(header),
      '</package>\n',
    ].join('');
  }
  yield '</metadata>\n';
}

function format(header: RpmPackage): string {
  return [
    '<format>\n',
    element('rpm:license', header.license),
    element('rpm:vendor', header.vendor),
    element('rpm:group', header.group),
    element('rpm:buildhost', header.buildHost),
    element('rpm:sourcerpm', header.sourceRpm),
    `<rpm:header-range${attributes(header.headerRange)}/>\n`,
    ...RELATION_KINDS.map((kind) => relations(kind, header[kind])),
    ...header.files.filter(({ path }) => isPrimaryPath(path)).map(file),
    '</format>\n',
  ].join('');
}

function relations(kind: string, list: readonly Relation[]): string {
  if (list.length === 0) {
    return '';
  }
  const entries = list.map(({ name, flags, epoch, version: ver, release: rel, pre }) => {
    const values = { name, flags, epoch, ver, rel, pre: pre === true ? 1 : undefined };
    return `<rpm:entry${attributes(values)}/>\n`;
  });
  return `<rpm:${kind}>\n${entries.join('')}</rpm:${kind}>\n`;
}

/** filelists.xml, one piece a package. */
export function* filelistsDocument(packages: readonly RepoPackage[]): Generator<string> {
  yield `${DECLARATION}<filelists${attributes({ xmlns: `${NAMESPACE}/filelists`, packages: packages.length })}>\n`;
  for (const repoPackage of packages) {
    yield `${packageStart(repoPackage)}${repoPackage.header.files.map(file).join('')}</package>\n`;
  }
  yield '</filelists>\n';
}

/** other.xml: the newest changelog entries, oldest first; one piece a package. */
export function* otherDocument(packages: readonly RepoPackage[]): Generator<string> {
  yield `${DECLARATION}<otherdata${attributes({ xmlns: `${NAMESPACE}/other`, packages: packages.length })}>\n`;
  for (const repoPackage of packages) {
    const changelogs = repoPackage.header.changelogs.slice(0, CHANGELOG_LIMIT).toReversed();
    const entries = changelogs.map(({ author, date, text }) => element('changelog', text, { author, date }));
    yield `${packageStart(repoPackage)}${entries.join('')}</package>\n`;
  }
  yield '</otherdata>\n';
}

function packageStart({ header, digest }: RepoPackage): string {
  const values = { pkgid: digest.sha256, name: header.name, arch: header.arch };
  return `<package${attributes(values)}>\n${version(header)}`;
}

function version({ epoch, version: ver, release: rel }: RpmPackage): string {
  return `<version${attributes({ epoch, ver, rel })}/>\n`;
}

function file({ path, type }: PackageFile): string {
  return element('file', pathToText(path), type === 'file' ? {} : { type });
}
