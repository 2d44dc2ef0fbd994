import type { ImageConfig, ImageFile, ImageFolder } from '../domain/image.ts';
import type { PathAt } from './image-complete.ts';
import type { SourceFolder } from './image-folders.ts';
import type { ImageSource } from './image-schema.ts';

type WantedFolder = NonNullable<ImageSource['folders']>[number];

/** Folders of a configuration with all that is copied into them. `read` is what is in those of the user. */
export function completeFolders(
  wanted: readonly WantedFolder[],
  read: ReadonlyMap<string, SourceFolder>,
  pathAt: PathAt,
): Pick<ImageConfig, 'folders' | 'links' | 'files'> {
  const all = wanted.map((folder, index) => {
    const source = folder.source && pathAt(['folders', index, 'source'], folder.source);
    const { folders = [], files = [], links = [] } = (source && read.get(source)) || {};
    const own = { owner: folder.owner, group: folder.group };
    const below = (path: string): string => `${folder.path.replace(/\/$/, '')}/${path}`;
    return {
      folders: [folder.path, ...folders.map(below)].map(
        (path): ImageFolder => ({
          path,
          mode: Number.parseInt(folder.mode ?? '0755', 8),
          existingMode:
            folder.existingMode === undefined ? undefined : Number.parseInt(folder.existingMode, 8),
          ...own,
        }),
      ),
      links: links.map(({ path, target }) => ({ path: below(path), target, ...own })),
      files: files.map((file) => oneFile(file, below(file.path), folder)),
    };
  });
  return {
    folders: all.flatMap(({ folders }) => folders),
    links: all.flatMap(({ links }) => links),
    files: all.flatMap(({ files }) => files),
  };
}

function oneFile(
  { path: name, source, isProgram }: SourceFolder['files'][number],
  path: string,
  { fileMode = 'keep', owner, group, sha256 = {} }: WantedFolder,
): ImageFile {
  const kept = isProgram ? '0755' : '0644';
  const wanted = sha256[name];
  return {
    path,
    mode: Number.parseInt(fileMode === 'keep' ? kept : fileMode, 8),
    owner,
    group,
    content: { kind: 'source', source, ...(wanted === undefined ? {} : { sha256: wanted.toLowerCase() }) },
  };
}
