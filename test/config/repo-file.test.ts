import { describe, expect, it } from 'vitest';
import { parseRepoFile } from '../../toolkit/config/repo-file.ts';

const VARIABLES = { releasever: '3.0', basearch: 'x86_64' };

function problemsOf(text: string): string[] {
  try {
    parseRepoFile(text, 'a.repo', VARIABLES);
  } catch (error) {
    expect(error).toMatchObject({ code: 'REPO_FILE_INVALID', errorClass: 'usage' });
    return error instanceof Error ? error.message.split('\n') : [];
  }
  throw new Error('no error');
}

describe('parseRepoFile', () => {
  it('reads several servers with several URLs, priorities, and variables', () => {
    const text = `# mine
[base]
name=Base $releasever
baseurl=https://one.example/$releasever/\${basearch}/
        https://two.example/
gpgcheck=1
gpgkey=file:///etc/key
skip_if_unavailable=1

[extra]
baseurl = /srv/extra, file:///srv/more
enabled = 0
priority=10
`;
    expect(parseRepoFile(text, 'a.repo', VARIABLES)).toEqual([
      {
        id: 'base',
        name: 'Base 3.0',
        baseUrls: ['https://one.example/3.0/x86_64/', 'https://two.example/'],
        enabled: true,
        priority: 99,
        gpgCheck: true,
        gpgKeys: ['file:///etc/key'],
      },
      {
        id: 'extra',
        name: 'extra',
        baseUrls: ['/srv/extra', 'file:///srv/more'],
        enabled: false,
        priority: 10,
        gpgCheck: false,
        gpgKeys: [],
      },
    ]);
  });

  it.each([
    ['[a]\nbaseurl=http://h\nenabeld=1', "a.repo:3: unknown key 'enabeld'; did you mean 'enabled'?"],
    ['[a]\nmirrorlist=http://h', "a.repo:2: 'mirrorlist' is not supported: give the server's URL as baseurl"],
    ['\n[a]\nname=x', 'a.repo:2: [a] has no baseurl'],
    ['[a]\nbaseurl=\n  ftp://h', "a.repo:3: 'ftp://h' is no http, https or file URL and no absolute path"],
    ['[a]\nbaseurl=http://h/$arch', 'a.repo:2: unknown variable $arch; known are basearch, releasever'],
    ['[a]\nbaseurl=/s\nenabled=maybe', "a.repo:3: enabled is 0 or 1, not 'maybe'"],
    ['[a]\nbaseurl=/s\npriority=high', "a.repo:3: priority is a number, not 'high'"],
    ['[a]\nbaseurl=/s\n[a]\nbaseurl=/t', 'a.repo:3: [a] is there twice'],
    ['[../a]\nbaseurl=/s', "a.repo:1: '../a' is no name for a server"],
    ['baseurl=/s\n[a]\nbaseurl=/s', "a.repo:1: 'baseurl' stands before the first [section]"],
    ['[a]\nwhat is this', 'a.repo:2: neither [section] nor key=value: what is this'],
    ['# nothing', 'a.repo:1: no [section] names a server'],
  ])('tells what is wrong in %j, and where', (text, problem) => {
    expect(problemsOf(text)).toContain(problem);
  });

  it('tells of every problem at once', () => {
    expect(problemsOf('[a]\nbaseurl=ftp://h\nenabled=2')).toHaveLength(2);
  });
});
