import { describe, expect, it } from 'vitest';
import { Places } from '../../../toolkit/formats/qcow2/places.ts';

const CLUSTER = 65536;

describe('Places', () => {
  it('puts what is compressed one behind the other, across clusters', () => {
    const places = new Places(CLUSTER);
    expect([places.compressed(40_000), places.compressed(40_000)]).toEqual([CLUSTER, CLUSTER + 40_000]);
    expect(places.end).toBe(3 * CLUSTER);
  });

  it('goes on in the rest of a cluster after plain ones', () => {
    const places = new Places(0);
    expect([places.compressed(100), places.plain(), places.compressed(200)]).toEqual([0, CLUSTER, 100]);
    expect(places.end).toBe(2 * CLUSTER);
  });

  it('begins anew behind a plain one where the rest is too small', () => {
    const places = new Places(0);
    places.compressed(60_000);
    places.plain();
    expect(places.compressed(6_000)).toBe(2 * CLUSTER);
    expect(places.compressed(60_000)).toBe(2 * CLUSTER + 6_000);
    expect(places.end).toBe(4 * CLUSTER);
  });
});
