import { latin1Text } from '../../../domain/image-bytes.ts';
import type { ManifestEntry, ReadContent } from '../../../domain/manifest.ts';
import { isElf, readElf } from '../../../formats/elf/index.ts';

/** As execve(2) and the kernel's init look for them. */
const PROGRAM_FOLDERS = ['usr/sbin', 'usr/bin', 'sbin', 'bin'];
/** As the dynamic loader looks for them. Source: ld.so(8). */
const LIBRARY_FOLDERS = ['usr/lib64', 'lib64', 'usr/lib', 'lib'];
/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/** A file of an image, and what else of it is on the way there. */
export interface FollowedFile {
  readonly path: string;
  readonly entry: ManifestEntry;
}

/**
 * Files taken out of an image so that they still work: with the folders and links by which they are found, the
 * libraries that they need, and their dynamic loader. Paths are latin1, without a leading slash.
 */
export class ImageFiles {
  readonly #byPath: ReadonlyMap<string, ManifestEntry>;
  readonly #read: ReadContent;
  /** By path; a hard link is the file that it is a name of. */
  readonly #taken = new Map<string, ManifestEntry>();

  constructor(entries: readonly ManifestEntry[], read: ReadContent) {
    this.#byPath = new Map(entries.map((entry) => [latin1Text(entry.path), entry]));
    this.#read = read;
  }

  /** Takes a program by its name and all that it needs; undefined where the image has none of the name. */
  async takeProgram(name: string): Promise<FollowedFile | undefined> {
    return await this.#takeFirst(PROGRAM_FOLDERS, name);
  }

  /** What was taken: folders, links and files. */
  get taken(): ReadonlyMap<string, ManifestEntry> {
    return this.#taken;
  }

  async #takeFirst(folders: readonly string[], name: string): Promise<FollowedFile | undefined> {
    for (const folder of folders) {
      const found = await this.#take(`${folder}/${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #take(path: string): Promise<FollowedFile | undefined> {
    const way = new Map<string, ManifestEntry>();
    const found = this.#follow(path, way, MOST_LINKS);
    if (found === undefined) return undefined;
    for (const [name, entry] of way) if (name !== found.path) this.#taken.set(name, entry);
    if (this.#taken.has(found.path)) return found;
    this.#taken.set(found.path, found.entry);
    const bytes = Buffer.alloc(found.entry.size);
    await this.#read(found.entry, 0, bytes);
    if (!isElf(bytes)) return found;
    const { interpreter, needed } = readElf(bytes);
    if (interpreter !== undefined) await this.#take(interpreter);
    // One that is missing is told by the dynamic loader.
    for (const library of needed) await this.#takeFirst(LIBRARY_FOLDERS, library);
    return found;
  }

  #follow(path: string, way: Map<string, ManifestEntry>, links: number): FollowedFile | undefined {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    let at: string[] = [];
    for (const [index, part] of parts.entries()) {
      at = part === '..' ? at.slice(0, -1) : [...at, part];
      const name = at.join('/');
      const entry = this.#byPath.get(name);
      if (part === '..') continue;
      if (entry === undefined) return undefined;
      way.set(name, entry);
      if (entry.type !== 'symlink') continue;
      const target = latin1Text(entry.target!);
      const from = target.startsWith('/') ? [] : at.slice(0, -1);
      const rest = parts.slice(index + 1);
      return links === 0 ? undefined : this.#follow([...from, target, ...rest].join('/'), way, links - 1);
    }
    const name = at.join('/');
    const entry = this.#byPath.get(name);
    if (entry?.type === 'file') return { path: name, entry };
    const first = entry?.type === 'hardlink' ? this.#byPath.get(latin1Text(entry.target!)) : undefined;
    return first?.type === 'file' ? { path: name, entry: first } : undefined;
  }
}
