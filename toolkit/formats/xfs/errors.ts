import { buildError } from '../../domain/errors.ts';

/** Of a path that XFS cannot hold: `XFS_TREE`. */
export function treeError(path: Uint8Array, what: string): Error {
  return buildError('XFS_TREE', `/${Buffer.from(path).toString()} ${what}.`);
}
