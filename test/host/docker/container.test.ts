import { describe, expect, it } from 'vitest';
import { mountOption } from '../../../toolkit/host/docker/container.ts';
import { imageOf } from '../../../toolkit/host/docker/images.ts';

describe('mountOption', () => {
  it.each([
    [{ source: '/a b', target: '/x', writable: true }, 'type=bind,source=/a b,target=/x'],
    [{ source: '/a', target: '/x', writable: false }, 'type=bind,source=/a,target=/x,readonly'],
    // A path is one field of CSV, whatever is in it.
    [{ source: '/a,"b"', target: '/x:y', writable: true }, 'type=bind,"source=/a,""b""",target=/x:y'],
  ])('gives %o as %s', (bind, option) => {
    expect(mountOption(bind)).toBe(option);
  });
});

describe('imageOf', () => {
  it('tells bases and layers apart', () => {
    expect(imageOf({ key: 'ab', depth: 0 })).toBe('distrokit-base:ab');
    expect(imageOf({ key: 'ab', depth: 2 })).toBe('distrokit-layer:ab');
  });
});
