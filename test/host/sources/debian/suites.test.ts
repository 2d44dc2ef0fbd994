import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  parseDeb822Sources,
  parseOneLineSources,
  readAptSources,
} from '../../../../toolkit/host/sources/debian/apt-sources.ts';
import { archiveSuites } from '../../../../toolkit/host/sources/debian/suites.ts';
import { tempFolder } from '../../http/fakes.ts';

const MIRROR = 'http://mirror.example/debian';
const SECURITY = 'http://mirror.example/debian-security';

describe('parseDeb822Sources', () => {
  it('reads several URIs and suites, folded fields and comments within a stanza', () => {
    const text = `Types: deb\n# a comment\nURIs: ${MIRROR}/\n http://two.example/debian\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By:\n -----BEGIN PGP\n .\n x\n`;
    const same = { components: ['main'], types: ['deb'], signedBy: undefined };
    expect(parseDeb822Sources(text)).toEqual([
      { uri: `${MIRROR}/`, suite: 'bookworm', ...same },
      { uri: `${MIRROR}/`, suite: 'bookworm-updates', ...same },
      { uri: 'http://two.example/debian', suite: 'bookworm', ...same },
      { uri: 'http://two.example/debian', suite: 'bookworm-updates', ...same },
    ]);
  });

  it('leaves out a stanza that is disabled', () => {
    expect(
      parseDeb822Sources(`Enabled: no\nURIs: ${MIRROR}\nSuites: x\n\nURIs: ${SECURITY}\nSuites: y\n`),
    ).toEqual([{ uri: SECURITY, suite: 'y', components: [], types: [], signedBy: undefined }]);
  });
});

describe('parseOneLineSources', () => {
  it('reads options, components and comments', () => {
    const text = `# deb http://no.example x main\ndeb [arch=amd64 signed-by=/k] ${MIRROR} trixie main contrib # why\ndeb-src ${MIRROR} trixie main\n`;
    expect(parseOneLineSources(text)).toEqual([
      { uri: MIRROR, suite: 'trixie', components: ['main', 'contrib'], types: ['deb'], signedBy: '/k' },
      { uri: MIRROR, suite: 'trixie', components: ['main'], types: ['deb-src'], signedBy: undefined },
    ]);
  });
});

describe('readAptSources', () => {
  it('reads both kinds of files, and lists of mirrors', async () => {
    await using folder = await tempFolder();
    await mkdir(join(folder.path, 'sources.list.d'));
    await writeFile(join(folder.path, 'mirrors'), `${MIRROR} priority:1\n# none\n`);
    await writeFile(join(folder.path, 'sources.list'), 'deb http://one.example/debian sid main\n');
    await writeFile(
      join(folder.path, 'sources.list.d/b.sources'),
      `URIs: mirror+file://${folder.path}/mirrors\nSuites: bookworm\nComponents: main\n`,
    );
    await writeFile(join(folder.path, 'sources.list.d/ignored.save'), 'deb http://no.example x main\n');
    expect((await readAptSources(folder.path)).map(({ uri }) => uri)).toEqual([
      'http://one.example/debian',
      MIRROR,
    ]);
  });

  it('finds nothing where there is no apt', async () => {
    expect(await readAptSources('/nowhere')).toEqual([]);
  });
});

describe('archiveSuites', () => {
  const apt = [
    { uri: `${MIRROR}/`, suite: 'bookworm', components: ['main'] },
    { uri: SECURITY, suite: 'bookworm-security', components: ['main'] },
    { uri: 'http://tools.example/apt', suite: 'tools-bookworm', components: ['main'] },
    { uri: 'http://other.example/linux/debian', suite: 'bookworm', components: ['stable'] },
  ];

  it("searches the current stable's and the old stable's suites of the mirror that apt knows", () => {
    expect(archiveSuites([], apt).map(({ archive, suite }) => `${archive} ${suite}`)).toEqual([
      `${MIRROR} trixie`,
      `${MIRROR} trixie-updates`,
      `${SECURITY} trixie-security`,
      `${MIRROR} bookworm`,
      `${MIRROR} bookworm-updates`,
      `${SECURITY} bookworm-security`,
    ]);
  });

  it('searches a given mirror, and the security archive only on its host', () => {
    expect(archiveSuites(['http://mine.example/debian/'], apt).map(({ archive }) => archive)).toEqual(
      Array(4).fill('http://mine.example/debian'),
    );
    expect(archiveSuites(['http://mirror.example/other'], apt)).toHaveLength(6);
  });

  it('searches nothing on a host without Debian', () => {
    expect(
      archiveSuites([], [{ uri: 'http://u.example/ubuntu', suite: 'noble', components: ['main'] }]),
    ).toEqual([]);
  });
});
