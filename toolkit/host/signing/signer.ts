import { mkdtemp, readFile, rm, stat, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { actionKey } from '../../domain/action-key.ts';
import { buildError, usageError } from '../../domain/errors.ts';
import type { CommandResult, Ports } from '../../domain/ports.ts';
import type { Signer } from '../../domain/services.ts';
import { lastLines } from '../../domain/text.ts';

type SigningPorts = Pick<Ports, 'processes' | 'digests' | 'store'>;
type Env = Readonly<Record<string, string | undefined>>;

/** Namespace of the signatures of ssh: what ssh-keygen(1) calls files in general. */
const NAMESPACE = 'file';

/**
 * What signs with a key: the path of an ssh key (the public half where ssh-agent has the other), or the name of
 * a key of the user's gpg. The programs are the host's, as the keys are.
 */
export async function createSigner(key: string, ports: SigningPorts, env: Env): Promise<Signer> {
  const isFile = await stat(key).then(
    (found) => found.isFile(),
    () => false,
  );
  return isFile ? sshSigner(resolve(key), ports, env) : gpgSigner(key, ports, env);
}

function sshSigner(key: string, { processes, digests, store }: SigningPorts, env: Env): Signer {
  return {
    ending: '.sig',
    key: async () => actionKey('ssh-key/1', [NAMESPACE, (await digests.digest(key)).sha256]),
    async sign(path, signal) {
      // ssh-keygen writes beside what it signs, and asks before it replaces anything.
      const folder = await mkdtemp(join(store.tmp, 'sign-'));
      try {
        const link = join(folder, 'file');
        await symlink(path, link);
        const argv = ['ssh-keygen', '-Y', 'sign', '-n', NAMESPACE, '-f', key, link] as const;
        const given = { ...passed(env, 'SSH_AUTH_SOCK'), SSH_ASKPASS_REQUIRE: 'never' };
        const done = await processes.run({ argv: [...argv], env: given }, signal);
        if (done.exitCode !== 0) throw failed(path, key, done);
        return await readFile(`${link}.sig`, 'utf8');
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  };
}

function gpgSigner(key: string, { processes }: SigningPorts, env: Env): Signer {
  const given = passed(env, 'GNUPGHOME', 'GPG_AGENT_INFO');
  return {
    ending: '.asc',
    async key(signal) {
      const argv = ['gpg', '--batch', '--with-colons', '--list-secret-keys', '--', key] as const;
      const done = await processes.run({ argv: [...argv], env: given }, signal);
      const fingerprint = /^fpr:+([0-9A-F]+):/m.exec(done.stdout)?.[1];
      if (done.exitCode === 0 && fingerprint !== undefined) return actionKey('gpg-key/1', fingerprint);
      throw usageError('SIGN_KEY_UNUSABLE', `SIGN_KEY is '${key}': no such file, and gpg has no such key`, {
        hint: 'Give the path of an ssh key, or the fingerprint of a secret key of gpg.',
      });
    },
    async sign(path, signal) {
      const argv = ['gpg', '--batch', '--armor', '--output', '-', '--local-user', key] as const;
      const done = await processes.run({ argv: [...argv, '--detach-sign', '--', path], env: given }, signal);
      if (done.exitCode !== 0) throw failed(path, key, done);
      return done.stdout;
    },
  };
}

function passed(env: Env, ...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
}

function failed(path: string, key: string, { stderr }: CommandResult): Error {
  return buildError('SIGN_FAILED', `${path} could not be signed with ${key}\n${lastLines(stderr, 10)}`, {
    hint: 'A key with a passphrase has to be in ssh-agent or gpg-agent: nothing is asked here.',
  });
}
