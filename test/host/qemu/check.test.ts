import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MACHINE_ID, printed } from '../../../toolkit/host/qemu/check.ts';
import { runTool, tempFolder } from '../../formats/support/judge.ts';

const NOTICE = '\r\neth0: 10.0.2.15/24, router none, name server none\r\n';

describe('printed', () => {
  it.each([
    ['before', `${NOTICE}27ad981e\r\n`],
    ['in the middle of', `27ad${NOTICE}981e\r\n`],
    ['after', `27ad981e\r\n${NOTICE}`],
  ])('leaves out what the DHCP client tells %s an output', (_where, text) => {
    expect(printed(text)).toBe('27ad981e');
  });

  it('keeps empty lines and what looks alike', () => {
    expect(printed('a\r\n\r\nb: 10.0.2.15\r\n')).toBe('a\n\nb: 10.0.2.15');
  });
});

describe('MACHINE_ID', () => {
  it('gives the ID, or nothing where there is none: a root that cannot be written to starts, too', () => {
    using folder = tempFolder('machine-id-');
    const path = join(folder.path, 'machine-id');
    const ask = () => runTool(['sh', '-c', MACHINE_ID.replaceAll('/etc/machine-id', path)]).toString();
    expect(ask()).toBe('');
    writeFileSync(path, '');
    expect(ask()).toBe('');
    writeFileSync(path, '0123\n');
    expect(ask()).toBe('0123\n');
  });
});
