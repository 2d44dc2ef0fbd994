import type { MountIdentifier } from './image-config/disk.ts';

/** A line of fstab that mounts something. */
export interface FstabEntry {
  /** The whole line. */
  readonly line: string;
  /** What is mounted, as it is written: `UUID=...`, `/dev/sda1`, `tmpfs`. */
  readonly source: string;
  /** Absolute path; `none` for swap. */
  readonly mount: string;
  readonly options: string;
}

/** What a partition may be named by. */
export type PartitionNames = Readonly<Partial<Record<MountIdentifier, string>>>;

/** Lines of a fstab without comments. Source: fstab(5). */
export function parseFstab(text: string): FstabEntry[] {
  return text.split('\n').flatMap((line) => {
    const [source = '', mount, , options = 'defaults'] = line.trim().split(/[ \t]+/);
    if (mount === undefined || source.startsWith('#')) return [];
    return [{ line, source, mount: mount.replace(/(?<=.)\/+$/, ''), options }];
  });
}

/** By what an entry names a partition; undefined where it names another one. Letter case of UUIDs does not count. */
export function namedBy({ source }: FstabEntry, names: PartitionNames): MountIdentifier | undefined {
  const [, tag = '', quoted = ''] = /^([A-Z]+)=(.*)$/.exec(source) ?? [];
  const value = quoted.replace(/^"(.*)"$/, '$1');
  const identifiers = { UUID: 'uuid', PARTUUID: 'partuuid', LABEL: 'label', PARTLABEL: 'partlabel' } as const;
  const identifier = Object.entries(identifiers).find(([name]) => name === tag)?.[1];
  if (identifier === undefined || value === '') return undefined;
  const name = names[identifier];
  const isSame = tag.endsWith('UUID') ? name?.toLowerCase() === value.toLowerCase() : name === value;
  return isSame ? identifier : undefined;
}
