import { describe, expect, it } from 'vitest';
import { originTeller, type ScriptedPackage } from '../../toolkit/domain/image-origin.ts';

function scripted(name: string, paths: readonly string[], ...scripts: string[]): ScriptedPackage {
  return {
    header: {
      ...{ name, epoch: 0, version: '1', release: '1', arch: 'noarch' },
      files: paths.map((path) => ({ path, type: 'file' })),
    },
    scripts,
  };
}

const packages = [
  scripted('owner', ['/etc/owned', '/usr/share/x/data']),
  scripted('writer', [], 'date >/etc/stamp', 'echo more >>/etc/owned'),
  scripted('cacher', [], 'mkcache /usr/share/x'),
];
const content = { kind: 'text', text: '' } as const;
const config = { files: [{ path: '/etc/motd', content }] } as unknown as Parameters<typeof originTeller>[1];
const origin = originTeller(packages, config, '/usr/lib/sysimage/rpm');

describe('originTeller', () => {
  it.each([
    ['/etc/stamp', 'scripts of writer-1-1.noarch'],
    ['/etc/owned', 'owner-1-1.noarch, scripts of writer-1-1.noarch'],
    ['/usr/share/x/data', 'owner-1-1.noarch, scripts of cacher-1-1.noarch'],
    ['/usr/share/x/cache', 'scripts of cacher-1-1.noarch'],
    ['/var/lib/thing', 'no package; perhaps scripts of writer-1-1.noarch, cacher-1-1.noarch'],
    ['/etc/motd', 'the configuration: files'],
    ['/etc/shadow', 'accounts of packages and of the configuration'],
    ['/usr/lib/sysimage/rpm/rpmdb.sqlite', 'rpm: its database'],
  ])('names what %s came from', (path, expected) => {
    expect(origin(path)).toBe(expected);
  });

  it('says nothing where nothing can be said', () => {
    expect(originTeller([scripted('a', [], '')], { files: [] }, '/db')('/x/y')).toBe('');
  });
});
