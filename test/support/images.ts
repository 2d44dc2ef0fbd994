import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clone } from './checkout.ts';
import { must } from './shell.ts';

export interface ArtifactList {
  readonly artifacts: readonly {
    readonly name: string;
    readonly format: string;
    readonly size: number;
    readonly sha256: string;
  }[];
}

/** The list that the toolkit wrote beside its images. */
export async function artifactsOf(clone: Clone, image: string): Promise<ArtifactList['artifacts']> {
  const text = await readFile(join(clone.dir, 'images', image, 'artifact.json'), 'utf8');
  return (JSON.parse(text) as ArtifactList).artifacts;
}

/** SHA-256 of what is on the disk now, by an outside program; names to digests. */
export async function digestsOnDisk(clone: Clone, image: string): Promise<Record<string, string>> {
  const dir = join(clone.dir, 'images', image);
  const names = (await artifactsOf(clone, image)).map(({ name }) => name);
  const { stdout } = await must(['sha256sum', '--', ...names] as [string, ...string[]], { cwd: dir });
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => [line.slice(66), line.slice(0, 64)] as const),
  );
}

/** A configuration whose root can log in by password and by key: what a user would write. */
export interface Login {
  readonly password: string;
  /** Private key file. */
  readonly keyFile: string;
  /** The lines for a user in a configuration. */
  readonly yaml: string;
}

/** Makes a password hash and a key pair that exist for this test only. */
export async function makeLogin(dir: string): Promise<Login> {
  const password = `pw-${Math.random().toString(36).slice(2, 12)}`;
  const hash = (await must(['openssl', 'passwd', '-6', password])).stdout.trim();
  const keyFile = join(dir, 'test-key');
  await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', keyFile]);
  const publicKey = (await readFile(`${keyFile}.pub`, 'utf8')).trim();
  const yaml = `users:\n  - name: root\n    passwordHash: '${hash}'\n    sshKeys: ['${publicKey}']\n`;
  return { password, keyFile, yaml };
}
