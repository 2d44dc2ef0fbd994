import { randomInt } from 'node:crypto';
import { buildError } from '../domain/errors.ts';
import type { ImageConfig, ImageUser } from '../domain/image.ts';
import type { Ports, Root } from '../domain/ports.ts';

/** Letters of a salt. Source: crypt(5). */
const LETTERS = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The salt is an argument, the password is not: other programs of the host can see arguments. */
const HASH = 'local $/; my $password = <STDIN>; print crypt($password, $ARGV[0]);';

/**
 * A configuration without passwords: those that stand in it as they are get hashed with a random salt, by the
 * C library of the tools root. So do those of the systems that it offers. Throws `PASSWORD_NOT_HASHED`.
 */
export async function hashPasswords(
  config: ImageConfig,
  tools: Root,
  ports: Pick<Ports, 'roots'>,
  signal: AbortSignal,
): Promise<ImageConfig> {
  const users: ImageUser[] = [];
  for (const user of config.users) {
    const passwordHash =
      user.password === undefined ? user.passwordHash : await hash(user, tools, ports, signal);
    users.push({ ...user, password: undefined, passwordHash });
  }
  const systems: ImageConfig[] = [];
  for (const system of config.systems) systems.push(await hashPasswords(system, tools, ports, signal));
  return { ...config, users, systems };
}

async function hash(
  { name, password }: ImageUser,
  tools: Root,
  ports: Pick<Ports, 'roots'>,
  signal: AbortSignal,
): Promise<string> {
  const salt = Array.from({ length: 16 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
  const argv = ['perl', '-e', HASH, `$6$${salt}$`] as const;
  const done = await ports.roots.run(tools, { argv, binds: [], stdin: password!.reveal() }, signal);
  if (done.exitCode === 0 && done.stdout.startsWith('$6$')) return done.stdout;
  throw buildError('PASSWORD_NOT_HASHED', `the password of ${name} could not be hashed`);
}
