import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { must } from '../support/shell.ts';

const SCRIPT = `
set -e
cat /etc/given
id -un ada
echo "args: $# $2"
wget -T 2 http://192.0.2.1/ 2>/dev/null || echo offline
echo made > /usr/made
chown ada /usr/made
chmod 4750 /usr/made
rm /etc/given
sleep 600 &
`;

const OTHER_VI = `
Name: other-vi
Version: 1
Release: 1
Summary: Another editor of the same name
License: MIT
BuildArch: noarch
%description
%{summary}.
%install
install -d %{buildroot}/usr/bin
echo other > %{buildroot}/usr/bin/vi
%files
/usr/bin/vi
`;

describe.runIf(isRoot())('what a configuration puts into an image', () => {
  let home: string;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('content');
    clone = await warmClone(home);
    const folder = join(clone.dir, 'configs');
    await writeFile(join(folder, 'post.sh'), SCRIPT);
    await writeFile(join(folder, 'fail.sh'), '#!/bin/sh\necho about to fail\nexit 7\n');
    await writeFile(join(folder, 'hang.sh'), 'echo waiting; sleep 600 & sleep 600\n');
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  async function image(name: string, ...lines: readonly string[]) {
    const text = ['extends: minimal.yaml', 'formats: !replace [tar.gz]', ...lines].join('\n');
    await writeFile(join(clone.dir, 'configs', `${name}.yaml`), `${text}\n`);
    return await clone.run(['make', 'image', `CONFIG=configs/${name}.yaml`]);
  }

  it('runs scripts with accounts and files there, without a network, and keeps what they made', async () => {
    const result = await image(
      'scripted',
      'users: [{name: ada}]',
      // The folder of this run: what another one has composed would be taken, and no script run.
      `files: [{path: /etc/given, content: "given\\n"}, {path: /etc/run, content: "${home}"}]`,
      'scripts: {postInstall: [{path: post.sh, args: [one, two words]}]}',
      'rpm: {docs: false, database: remove}',
    );
    expect(result.code, result.stderr).toBe(0);
    for (const line of ['given', 'ada', 'args: 2 two words', 'offline']) {
      expect(result.stdout + result.stderr).toContain(`post.sh: ${line}\n`);
    }
    const archive = join(clone.dir, 'images/scripted/scripted-1.0.tar.gz');
    const { stdout } = await must(['tar', '--numeric-owner', '-tvf', archive]);
    const entry = (path: string) =>
      stdout.split('\n').find((line) => line.split(' -> ')[0]!.endsWith(` ${path}`));
    expect(entry('usr/made')).toMatch(/^-rwsr-x--- 1000\/0 /);
    expect(entry('etc/given')).toBeUndefined();
    expect(entry('usr/lib/sysimage/rpm/rpmdb.sqlite')).toBeUndefined();
    expect(stdout).not.toMatch(/ usr\/share\/man\/man\d\/./);
    const list = await must(['tar', '-xOf', archive, 'var/lib/rpmmanifest/container-manifest-1']);
    expect(list.stdout).toMatch(/^busybox-\d/m);
  });

  it('tells of a script that fails, and of one that does not end', async () => {
    const failing = await image('failing', 'scripts: {finalize: [{path: fail.sh}]}');
    expect(failing.code).not.toBe(0);
    expect(failing.stderr).toContain('the script fail.sh ended with 7\nabout to fail');
    const hanging = await image('hanging', 'scripts: {finalize: [{path: hang.sh, timeout: 2}]}');
    expect(hanging.code).not.toBe(0);
    expect(hanging.stderr).toContain('the script hang.sh did not end within 2 seconds\nwaiting');
  });

  it('leaves to other packages the programs that busybox has too', async () => {
    const folder = join(clone.dir, 'specs/other-vi');
    await mkdir(folder);
    await writeFile(join(folder, 'other-vi.spec'), OTHER_VI);
    const result = await image('beside', 'packages: [other-vi]');
    expect(result.code, result.stderr).toBe(0);
    const archive = join(clone.dir, 'images/beside/beside-1.0.tar.gz');
    expect((await must(['tar', '-xOf', archive, 'usr/bin/vi'])).stdout).toBe('other\n');
    const { stdout } = await must(['tar', '-tvf', archive, 'usr/bin/ls', 'usr/sbin/init']);
    expect(stdout).toMatch(/ls -> busybox\n.*init -> \.\.\/bin\/busybox/);
  });
});
