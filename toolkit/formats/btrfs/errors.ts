import { buildError } from '../../domain/errors.ts';

/** Of a path that btrfs cannot hold: `BTRFS_TREE`. */
export function treeError(path: Uint8Array, what: string): Error {
  return buildError('BTRFS_TREE', `/${Buffer.from(path).toString()} ${what}.`);
}
