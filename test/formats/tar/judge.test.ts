import { lstatSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { writeTar, type XattrRecords } from '../../../toolkit/formats/tar/index.ts';
import { collect } from '../support/bytes.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';
import { contentOf, entry, sorted } from '../support/manifest.ts';

const LATIN1 = Buffer.from('usr/caf\xe9', 'latin1');
const LONG_LATIN1 = Buffer.concat([Buffer.from('usr/\xe9', 'latin1'), Buffer.alloc(120, 'y')]);
const LONG_UTF8 = Buffer.from(`usr/${'\u00fc'.repeat(80)}`);
const VALUE = Buffer.from([0, 10, 61, 255, 32]);
const TREE = sorted(
  entry('', 'directory', { mode: 0o755 }),
  entry('dev', 'directory', { mode: 0o711 }),
  entry('dev/console', 'char', { mode: 0o600, gid: 5, device: { major: 5, minor: 1 } }),
  entry('dev/sda', 'block', { mode: 0o660, gid: 6, device: { major: 259, minor: 1_048_575 } }),
  entry('dev/pipe', 'fifo'),
  entry('usr', 'directory'),
  entry('usr/a', 'file', { content: 'one', mode: 0o4755, uid: 3_000_000, gid: 42 }),
  entry('usr/b', 'hardlink', { target: 'usr/a', mode: 0o4755, uid: 3_000_000, gid: 42 }),
  entry('usr/l', 'symlink', { target: 't'.repeat(150), mode: 0o777 }),
  entry('usr/x', 'file', { content: 'x', xattrs: [{ name: 'user.t est', value: VALUE }] }),
  entry(LATIN1, 'file', { content: 'latin1' }),
  entry(LONG_LATIN1, 'file', { content: 'long latin1' }),
  entry(LONG_UTF8, 'file', { content: 'long utf8' }),
  entry(`usr/${'n'.repeat(99)}/${'m'.repeat(99)}`, 'file', { content: 'split' }),
);

async function archive(xattrs: XattrRecords): Promise<Buffer> {
  return collect(writeTar(TREE, contentOf, { xattrs }));
}

/** Extracts all but devices, which only root may make, and reads back what a disk keeps. */
function extractAndCheck(argv: readonly [string, ...string[]], bytes: Buffer): void {
  using folder = tempFolder('tar-judge-');
  runTool(argv, { input: bytes, cwd: folder.path });
  const path = (name: Buffer | string) => Buffer.concat([Buffer.from(`${folder.path}/`), Buffer.from(name)]);
  expect(readFileSync(path('usr/a'), 'utf8')).toBe('one');
  expect(lstatSync(path('usr/a')).ino).toBe(lstatSync(path('usr/b')).ino);
  expect(lstatSync(path('usr/a')).mtimeMs).toBe(1_700_000_000_000);
  expect(lstatSync(path('dev')).mode & 0o7777).toBe(0o711);
  expect(lstatSync(path('dev/pipe')).isFIFO()).toBe(true);
  expect(readlinkSync(path('usr/l'))).toBe('t'.repeat(150));
  expect(readFileSync(path(LATIN1), 'utf8')).toBe('latin1');
  expect(readFileSync(path(LONG_LATIN1), 'utf8')).toBe('long latin1');
  expect(readFileSync(path(LONG_UTF8), 'utf8')).toBe('long utf8');
  expect(readFileSync(path(`usr/${'n'.repeat(99)}/${'m'.repeat(99)}`), 'utf8')).toBe('split');
}

describe('a tar of ours', () => {
  judged('tar')('is extracted by GNU tar, every name with its bytes', async () => {
    const exclude = ['--exclude=dev/console', '--exclude=dev/sda', '--no-same-owner', '-p'] as const;
    extractAndCheck(['tar', '-xf', '-', ...exclude], await archive('schily'));
  });

  judged('bsdtar')('is extracted by libarchive, every name with its bytes', async () => {
    const exclude = ['--exclude=dev/console', '--exclude=dev/sda', '--no-same-owner', '-p'] as const;
    extractAndCheck(['bsdtar', '-xf', '-', ...exclude], await archive('libarchive'));
  });

  judged('tar')('shows owners, device numbers and modes to GNU tar', async () => {
    using folder = tempFolder('tar-judge-');
    const file = join(folder.path, 'x.tar');
    writeFileSync(file, await archive('schily'));
    const lines = runTool(['tar', '--numeric-owner', '-tvf', file]).toString('latin1').split('\n');
    expect(lines.find((line) => line.endsWith(' usr/a'))).toMatch(/^-rwsr-xr-x 3000000\/42 +3 2023-11-14/);
    expect(lines.find((line) => line.endsWith(' dev/sda'))).toMatch(/^brw-rw---- 0\/6 +259,1048575 /);
    expect(lines.find((line) => line.includes(' usr/b '))).toMatch(
      /^hrwsr-xr-x 3000000\/42 .*link to usr\/a$/,
    );
  });

  judged('bsdtar')('shows owners and device numbers to libarchive', async () => {
    const mtree = runTool(['bsdtar', '-cf', '-', '--format=mtree', '@-'], {
      input: await archive('libarchive'),
    });
    const lines = mtree.toString('latin1').split('\n');
    expect(lines.find((line) => line.includes('usr/a '))).toMatch(/mode=4755 .*gid=42 uid=3000000/);
    expect(lines.find((line) => line.includes('dev/sda '))).toMatch(/device=native,259,1048575|resdevice/);
  });

  judged('bsdtar')('hands xattrs to libarchive whole', async () => {
    const again = runTool(['bsdtar', '-cf', '-', '--format=pax', '@-'], {
      input: await archive('libarchive'),
    });
    expect(again.toString('latin1')).toContain(`SCHILY.xattr.user.t%20est=${VALUE.toString('latin1')}\n`);
  });

  judged('tar')('hands xattrs to GNU tar whole', async () => {
    const talk = runTool(['tar', '--xattrs', '--xattrs-include=*', '-tvvf', '-'], {
      input: await archive('schily'),
    });
    expect(talk.toString('latin1')).toMatch(/x: +5 user\.t est/);
  });
});
