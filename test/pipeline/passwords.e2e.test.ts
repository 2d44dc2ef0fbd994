import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ImageUser } from '../../toolkit/domain/image.ts';
import { Secret } from '../../toolkit/domain/image-config/secret.ts';
import type { Root } from '../../toolkit/domain/ports.ts';
import type { Host } from '../../toolkit/host/host.ts';
import { hashPasswords } from '../../toolkit/pipeline/passwords.ts';
import { openTestHost } from '../support/host.ts';
import { imageConfig } from '../support/image-host.ts';
import { must } from '../support/shell.ts';

const signal = AbortSignal.timeout(600_000);
const PASSWORD = 'hunter2 $6$ ü';
const user: ImageUser = {
  ...{ name: 'ada', passwordHash: undefined, password: new Secret(PASSWORD), passwordExpiresDays: undefined },
  ...{ sshKeys: [], uid: undefined, group: undefined, groups: [], shell: undefined, home: undefined },
};

describe('hashPasswords', () => {
  let host: Host;
  let tools: Root;

  beforeAll(async () => {
    host = await openTestHost();
    tools = await host.roots.base('tools', signal);
  });

  afterAll(async () => {
    await host?.[Symbol.asyncDispose]();
  });

  it('gives a hash that openssl gives too, with another salt each time', async () => {
    const config = imageConfig({ users: [user, { ...user, name: 'eve' }] });
    const [ada, eve] = (await hashPasswords(config, tools, host, signal)).users;
    expect(ada?.password).toBeUndefined();
    expect(ada?.passwordHash).toMatch(/^\$6\$[./0-9A-Za-z]{16}\$[./0-9A-Za-z]{86}$/);
    expect(ada?.passwordHash).not.toBe(eve?.passwordHash);
    const salt = ada!.passwordHash!.split('$')[2]!;
    const judged = await must(['openssl', 'passwd', '-6', '-salt', salt, PASSWORD]);
    expect(judged.stdout.trim()).toBe(ada?.passwordHash);
  });
});
