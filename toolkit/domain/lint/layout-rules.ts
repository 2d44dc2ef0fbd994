import type { LintedPackage, PackagedFile } from './content.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { fileName, isDocPath, isInLinkerFolder } from './folders.ts';
import type { RuleId } from './rules.ts';

/** What is wrong with where a package's files lie and what they are called, and with the folders they name. */
export function lintLayout({ spec, package: { name }, files, contents }: LintedPackage): Finding[] {
  const subject: Subject = { spec, package: name };
  const isDevel = /-(?:devel|static|headers)$/.test(name);
  const isDebug = /-debug(?:info|source)$/.test(name);
  return files.flatMap((file) => {
    const { path } = file;
    const of = (rule: RuleId, what: string | undefined) =>
      what === undefined ? [] : [finding(rule, subject, path, what)];
    const mentions = contents.get(path)?.mentions ?? [];
    return [
      ...of('path-odd', oddName(file)),
      ...of(
        'path-unmerged',
        /^\/(?:bin|sbin|lib|lib64)\//.test(path) ? 'it should lie below /usr' : undefined,
      ),
      ...of('path-of-others', ofOthers(file)),
      ...of('devel-file', isDevel ? undefined : developmentFile(file)),
      ...of('static-library', isDevel ? undefined : staticLibrary(file)),
      ...of(
        'libtool-archive',
        path.endsWith('.la') && file.type === 'file' ? 'no linker needs it' : undefined,
      ),
      ...of('debug-file', isDebug ? undefined : debugFile(file)),
      ...of('build-path', mentions.includes('build') ? 'it names /build/top' : undefined),
      ...of(
        'seed-path',
        mentions.includes('seed') && !isDocPath(path) ? "it names Debian's lib/x86_64-linux-gnu" : undefined,
      ),
    ];
  });
}

function oddName({ path, isUtf8 }: PackagedFile): string | undefined {
  if (!isUtf8) return 'its bytes are not UTF-8';
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'a control character is in it';
  if (/\s/.test(path)) return 'a blank is in it';
  if (/(?:~|\.(?:orig|rej|bak|swp))$/.test(path)) return 'it is what an editor or patch leaves behind';
  return undefined;
}

/** The folder of a package of directories is its business: only files are looked at. */
function ofOthers({ path, type, isGhost }: PackagedFile): string | undefined {
  if (type === 'folder' || isGhost) return undefined;
  const folder = /^\/(?:usr\/local|home|root|run|var\/run|tmp|var\/tmp|mnt|media|build|proc|sys|dev)\//.exec(
    path,
  );
  return folder === null ? undefined : `nothing of a package lies below ${folder[0].slice(0, -1)}`;
}

function developmentFile({ path, type, linkTo }: PackagedFile): string | undefined {
  if (type === 'link' && isInLinkerFolder(path) && /^lib.*\.so$/.test(fileName(path))) {
    return fileName(linkTo).startsWith(fileName(path)) ? 'a name for the linker' : undefined;
  }
  if (type !== 'file' || isDocPath(path)) return undefined;
  if (path.startsWith('/usr/include/')) return 'a header';
  if (/\/pkgconfig\/[^/]+\.pc$/.test(path)) return 'a pkg-config file';
  if (/^\/usr\/share\/aclocal\//.test(path)) return 'autoconf macros';
  return /\/cmake\/.+\.cmake$/.test(path) ? 'CMake modules' : undefined;
}

function staticLibrary({ path, type }: PackagedFile): string | undefined {
  return type === 'file' && /\/lib[^/]*\.a$/.test(path) ? 'only building needs it' : undefined;
}

function debugFile({ path, type }: PackagedFile): string | undefined {
  return type !== 'folder' && /^\/usr\/(?:lib\/debug|src\/debug)\//.test(path)
    ? 'only debuggers need it'
    : undefined;
}
