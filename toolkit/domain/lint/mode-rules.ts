import type { FileContent, LintedPackage, PackagedFile } from './content.ts';
import { type Finding, finding, type Subject } from './finding.ts';
import { isDocPath, isInProgramFolder } from './folders.ts';
import type { RuleId } from './rules.ts';

const SETUID = 0o4000;
const SETGID = 0o2000;
const STICKY = 0o1000;
const EXECUTE = 0o111;
const WRITE_BY_ALL = 0o002;

/** What is wrong with modes and owners of a package's files. */
export function lintModes({ spec, package: { name }, files, contents }: LintedPackage): Finding[] {
  const subject: Subject = { spec, package: name };
  return files.flatMap((file) => {
    if (file.type === 'link' || file.type === 'other') {
      return [];
    }
    const mode = (file.mode & 0o7777).toString(8).padStart(4, '0');
    const of = (rule: RuleId, is: boolean, what: string) =>
      is ? [finding(rule, subject, file.path, what)] : [];
    const owner = `${file.user}:${file.group}`;
    const isFile = file.type === 'file';
    return [
      ...of('setuid-file', isFile && (file.mode & SETUID) !== 0, `mode ${mode}, ${owner}`),
      ...of('setgid-file', isFile && (file.mode & SETGID) !== 0, `mode ${mode}, ${owner}`),
      ...of('file-capabilities', file.caps !== '', `it has ${file.caps}`),
      ...of('world-writable', isWorldWritable(file), `mode ${mode}`),
      ...of('not-readable', isHidden(file), `mode ${mode}, ${owner}`),
      ...of('executable-text', isFile && (file.mode & EXECUTE) !== 0 && isText(file), `mode ${mode}`),
      ...of('not-executable', isFile && shouldRun(file, contents.get(file.path)), `mode ${mode}`),
    ];
  });
}

/** In a sticky folder only owners remove files: that is /tmp. */
function isWorldWritable({ mode, type }: PackagedFile): boolean {
  return (mode & WRITE_BY_ALL) !== 0 && !(type === 'folder' && (mode & STICKY) !== 0);
}

/** Set-ID programs are not readable by intent; those are judged by their own rules. */
function isHidden({ mode, path, type, isConfig, isGhost }: PackagedFile): boolean {
  const wanted = type === 'folder' ? 0o555 : 0o444;
  const isSpecial = isConfig || isGhost || (mode & (SETUID | SETGID)) !== 0;
  return path.startsWith('/usr/') && !isSpecial && (mode & wanted) !== wanted;
}

const TEXT_FOLDER =
  /^\/usr\/(?:include\/|lib\/(?:systemd\/(?:system|user|network|system-preset|user-preset)\/|(?:sysusers|tmpfiles|sysctl|modprobe|modules-load|binfmt|environment)\.d\/|udev\/(?:rules|hwdb)\.d\/|pkgconfig\/)|share\/(?:pkgconfig|aclocal|locale|zoneinfo|dbus-1|polkit-1|bash-completion|icons|applications)\/)/;

/** Whether a file is read and never run, by where it lies. Examples in the documentation are to be read, too. */
function isText({ path, isDoc }: PackagedFile): boolean {
  return isDoc || isDocPath(path) || TEXT_FOLDER.test(path);
}

function shouldRun({ path, mode }: PackagedFile, content: FileContent | undefined): boolean {
  const isProgram = content?.isScript === true || content?.elf !== undefined;
  return isProgram && isInProgramFolder(path) && (mode & EXECUTE) !== EXECUTE;
}
