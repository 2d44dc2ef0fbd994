import { describe, expect, it } from 'vitest';
import type { ImageUser } from '../../toolkit/domain/image.ts';
import { applyGroups, applyUsers } from '../../toolkit/domain/image-accounts.ts';
import type { Tree } from '../../toolkit/domain/image-tree.ts';

const DAY = 86400;

function treeWith(files: Readonly<Record<string, string>>): Tree {
  const common = { uid: 0, gid: 0, mtime: 1, size: 0 };
  const tree: Tree = new Map([['', { ...common, type: 'directory', mode: 0o755 }]]);
  tree.set('etc', { ...common, type: 'directory', mode: 0o755 });
  for (const [path, text] of Object.entries(files)) {
    const bytes = Buffer.from(text);
    tree.set(path, { ...common, type: 'file', mode: 0o640, content: { kind: 'bytes', bytes } });
  }
  return tree;
}

function textOf(tree: Tree, path: string): string {
  const content = tree.get(path)?.content;
  if (content?.kind !== 'bytes') throw new Error(`no ${path}`);
  return Buffer.from(content.bytes).toString();
}

function user(name: string, changes: Partial<ImageUser> = {}): ImageUser {
  return {
    name,
    passwordHash: undefined,
    password: undefined,
    passwordExpiresDays: undefined,
    sshKeys: [],
    uid: undefined,
    group: undefined,
    groups: [],
    shell: undefined,
    home: undefined,
    ...changes,
  };
}

const FILES = {
  'etc/passwd': 'root:x:0:0:root:/root:/bin/ash\nsshd:x:1000:1000::/:/bin/false\n',
  'etc/group': 'root:x:0:\nwheel:x:10:bob\n',
  'etc/shadow': 'root:*::0:::::\n',
};

function apply(users: readonly ImageUser[], files: Readonly<Record<string, string>> = FILES): Tree {
  const tree = treeWith(files);
  applyUsers(tree, users, 10 * DAY, (path) => (tree.has(path) ? Buffer.from(textOf(tree, path)) : undefined));
  return tree;
}

describe('applyUsers', () => {
  it('gives root a password and keeps all else of it', () => {
    const tree = apply([user('root', { passwordHash: '$6$a$b' })]);
    expect(textOf(tree, 'etc/shadow')).toBe('root:$6$a$b:10:0:::::\n');
    expect(textOf(tree, 'etc/passwd')).toBe(FILES['etc/passwd']);
    expect(tree.get('etc/shadow')?.mode).toBe(0o640);
  });

  it('gives a new user the next number that neither users nor groups have, a group and a home', () => {
    const tree = apply([user('ada', { groups: ['wheel'] }), user('eve')]);
    expect(textOf(tree, 'etc/passwd')).toContain(
      'ada:x:1001:1001::/home/ada:/bin/sh\neve:x:1002:1002::/home/eve:/bin/sh\n',
    );
    expect(textOf(tree, 'etc/group')).toBe('root:x:0:\nwheel:x:10:bob,ada\nada:x:1001:\neve:x:1002:\n');
    expect(tree.get('home/ada')).toMatchObject({ mode: 0o700, uid: 1001, gid: 1001 });
    expect(tree.get('home')).toMatchObject({ mode: 0o755, uid: 0 });
  });

  it('closes an account that would have been open to everybody', () => {
    const tree = apply([user('root')], { ...FILES, 'etc/shadow': 'root:::0:::::\n' });
    expect(textOf(tree, 'etc/shadow')).toBe('root:*::0:::::\n');
  });

  it('lets a key in where the account was locked', () => {
    const tree = apply([user('root', { sshKeys: ['ssh-ed25519 AAAA x'] })], {
      ...FILES,
      'etc/shadow': 'root:!::0:::::\n',
    });
    expect(textOf(tree, 'etc/shadow')).toBe('root:*::0:::::\n');
    expect(textOf(tree, 'root/.ssh/authorized_keys')).toBe('ssh-ed25519 AAAA x\n');
  });

  it.each([
    [user('root', { uid: 5 }), 'user root has uid 0 from a package, the configuration says 5'],
    [user('ada', { uid: 1000 }), 'user ada cannot have uid 1000: another user has it'],
    [user('ada', { groups: ['nosuch'] }), 'user ada cannot join nosuch: there is no such group'],
  ])('refuses what cannot be: %o', (wanted, message) => {
    expect(() => apply([wanted])).toThrow(message);
  });

  it('changes nothing without users', () => {
    const tree = apply([]);
    expect(textOf(tree, 'etc/shadow')).toBe(FILES['etc/shadow']);
  });
});

describe('applyGroups', () => {
  const apply = (groups: Parameters<typeof applyGroups>[1]): string => {
    const tree = treeWith(FILES);
    applyGroups(tree, groups, 10 * DAY, (path) =>
      tree.has(path) ? Buffer.from(textOf(tree, path)) : undefined,
    );
    return textOf(tree, 'etc/group');
  };

  it('adds groups, each with its number or the next free one, and leaves those of packages', () => {
    const groups = [
      { name: 'ops', gid: 1500 },
      { name: 'dev', gid: undefined },
      { name: 'wheel', gid: undefined },
    ];
    expect(apply(groups)).toBe('root:x:0:\nwheel:x:10:bob\nops:x:1500:\ndev:x:1001:\n');
  });

  it.each([
    [{ name: 'ops', gid: 10 }, 'wheel has it'],
    [{ name: 'wheel', gid: 11 }, 'from a package'],
  ])('refuses %j', (group, message) => {
    expect(() => apply([group])).toThrow(message);
  });
});

describe('a user of a configuration', () => {
  it('has the primary group, the command and the expiry that it asks for', () => {
    const tree = apply([
      user('ada', { group: 'wheel', shell: '/bin/menu', passwordExpiresDays: 90 }),
      user('eve', { passwordExpiresDays: -1 }),
    ]);
    expect(textOf(tree, 'etc/passwd')).toContain('ada:x:1001:10::/home/ada:/bin/menu\n');
    expect(textOf(tree, 'etc/shadow')).toContain('ada:*:10:0:99999:7::100:\n');
    expect(textOf(tree, 'etc/shadow')).toContain('eve:*:10:0:::::\n');
  });

  it('cannot be of a group that there is not', () => {
    expect(() => apply([user('ada', { group: 'ops' })])).toThrow('user ada cannot be of ops');
  });
});
