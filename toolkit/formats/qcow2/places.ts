import { roundUp } from '../../domain/round.ts';
import { CLUSTER_SIZE } from './header.ts';

/**
 * Where clusters go in a file that holds compressed and plain ones: a plain one begins at a whole cluster, the
 * compressed ones follow one another without gaps, also when a plain one lies between them, as long as the rest
 * of their last cluster has room.
 */
export class Places {
  /** First cluster that nothing is in. */
  #next: number;
  /** Free bytes of the cluster that compressed ones were put into last. */
  #rest = { at: 0, end: 0 };

  constructor(start: number) {
    this.#next = start;
  }

  /** The end of all that was placed, at a whole cluster. */
  get end(): number {
    return this.#next;
  }

  plain(): number {
    const offset = this.#next;
    this.#next += CLUSTER_SIZE;
    return offset;
  }

  compressed(length: number): number {
    const { at, end } = this.#rest;
    const fits = at + length <= end;
    // What lies at the end may go on into the next cluster.
    const offset = fits || end === this.#next ? at : this.#next;
    if (!fits) this.#next = roundUp(offset + length, CLUSTER_SIZE);
    this.#rest = { at: offset + length, end: fits ? end : this.#next };
    return offset;
  }
}
