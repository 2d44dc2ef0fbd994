import type { ImageFormat } from '../../domain/image-format.ts';
import type { Ports } from '../../domain/ports.ts';
import { stored } from '../../domain/stored.ts';
import type { Extent } from '../../formats/image.ts';
import type { Artifact, ArtifactsRequest } from './types.ts';

export type ArtifactPorts = Pick<Ports, 'roots' | 'store' | 'digests' | 'locks' | 'events' | 'clock'>;

/** What everything that makes an artifact works with. */
export interface Making {
  readonly request: ArtifactsRequest;
  readonly ports: ArtifactPorts;
  /** Where the raw disk is not zero; read once, when the first format asks. */
  readonly extents: () => Promise<readonly Extent[]>;
  /** The same image in another format, if that was begun before in this run. */
  readonly sibling: (format: ImageFormat) => Promise<Artifact> | undefined;
}

/** The raw disk of a format that holds one, and where it lies. */
export async function rawDisk({ request, ports }: Pick<Making, 'request' | 'ports'>) {
  if (request.disk === undefined) throw new Error('a disk is asked for and there is none');
  const { raw, layout } = request.disk;
  return { size: raw.size, layout, path: await stored(raw, 'the raw disk', ports) };
}
