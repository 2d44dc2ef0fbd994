/** Folders that the dynamic linker looks into by itself, and `ld` at link time. */
const LINKER_FOLDERS = ['/usr/lib', '/usr/lib64', '/lib', '/lib64'];

/** Folder of a path, without the slash at its end. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

/** Last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether a file lies where the dynamic linker looks. */
export function isInLinkerFolder(path: string): boolean {
  return LINKER_FOLDERS.includes(folderOf(path));
}

/** Whether a file lies where programs are looked for. */
export function isInProgramFolder(path: string): boolean {
  return /^\/(?:usr\/)?s?bin$/.test(folderOf(path));
}

/** Whether a path is documentation by where it lies. */
export function isDocPath(path: string): boolean {
  return /^\/usr\/share\/(?:doc|man|info|licenses|gtk-doc)\//.test(path);
}

/** A path without `.`, `..` and double slashes; it has to be absolute. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

/** The same path where /bin, /sbin, /lib and /lib64 are links into /usr. */
export function mergedPath(path: string): string {
  return path.replace(/^\/(bin|sbin|lib|lib64)(?=\/|$)/, '/usr/$1');
}
