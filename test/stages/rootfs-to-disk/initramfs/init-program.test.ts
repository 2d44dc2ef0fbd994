import { describe, expect, it } from 'vitest';
import { initProgram } from '../../../../toolkit/stages/rootfs-to-disk/initramfs/init-program.ts';
import { must } from '../../../support/shell.ts';

describe('initProgram', () => {
  it.each(['/bin/sh', '/usr/bin/busybox sh'])('is a script of the shell that it names: %s', async (shell) => {
    const text = initProgram(shell);
    expect(text.split('\n')[0]).toBe(`#!${shell}`);
    await must(['bash', '-n'], { input: text });
    expect(text).not.toMatch(/undefined|\$\{\w+\.\w+/);
  });
});
