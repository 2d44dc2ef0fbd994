import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Clone } from './checkout.ts';
import { must } from './shell.ts';

export interface ArtifactList {
  readonly artifacts: readonly {
    readonly name: string;
    readonly format: string;
    readonly size: number;
    readonly sha256: string;
  }[];
  /** What is said beside them: SBOM, lock, provenance. */
  readonly documents: readonly { readonly name: string }[];
}

/** The list that the toolkit wrote beside its images. */
export async function artifactsOf(clone: Clone, image: string): Promise<ArtifactList['artifacts']> {
  return (await listOf(clone, image)).artifacts;
}

async function listOf(clone: Clone, image: string): Promise<ArtifactList> {
  const text = await readFile(join(clone.dir, 'images', image, 'artifact.json'), 'utf8');
  return JSON.parse(text) as ArtifactList;
}

/** SHA-256 of what is on the disk now, documents included, by an outside program; names to digests. */
export async function digestsOnDisk(clone: Clone, image: string): Promise<Record<string, string>> {
  const dir = join(clone.dir, 'images', image);
  const { artifacts, documents } = await listOf(clone, image);
  const names = [...artifacts, ...documents].map(({ name }) => name);
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

/** A way in which an artifact is started. */
export type Boot = readonly [format: string, firmware: string, bus: string];

/** What is asked of an image that was started beyond the usual, and how long each thing may take. */
export interface BootQuestions {
  /** Must succeed, in order, in the shell of root. */
  readonly commands?: readonly string[];
  readonly timeoutS?: number;
  /** What opens an encrypted root: typed when the machine asks. */
  readonly passphrase?: string;
  /** Path of the certificate that the machine trusts, with Secure Boot on. */
  readonly secureBoot?: string;
  /** Another disk of the machine, which keeps what is written to it. */
  readonly data?: string;
}

/**
 * Starts an artifact, logs in as the configuration says, by password and by key, and powers it off. Returns
 * what the commands printed.
 */
export async function bootArtifact(
  clone: Clone,
  image: string,
  login: Login,
  [format, firmware, bus]: Boot,
  { commands = [], timeoutS, data, passphrase, secureBoot }: BootQuestions = {},
): Promise<readonly string[]> {
  const all = (await artifactsOf(clone, image)).filter((entry) => entry.format === format);
  // Of what a network starts, the script is named.
  const artifact = all.find(({ name }) => format !== 'pxe' || name.endsWith('.ipxe'));
  expect(artifact, format).toBeDefined();
  const owner = clone.account === 'user' ? 'distrokit-test' : 'root';
  const key = join(clone.dir, '..', 'test-key');
  const password = join(clone.dir, '..', 'test-password');
  await writeFile(password, login.password);
  const opening = join(clone.dir, '..', 'test-passphrase');
  if (passphrase !== undefined) await writeFile(opening, passphrase);
  await must(['install', '-m', '0600', '-o', owner, login.keyFile, key]);
  const result = await clone.must([
    'toolkit/distrokit',
    'boot',
    `images/${image}/${artifact!.name}`,
    '--check',
    '--json',
    ...['--firmware', firmware, '--bus', bus, '--password-file', password, '--ssh-key', key],
    ...(passphrase === undefined ? [] : ['--passphrase-file', opening]),
    ...(secureBoot === undefined ? [] : ['--secure-boot', secureBoot]),
    ...(data === undefined ? [] : ['--data', data]),
    ...(timeoutS === undefined ? [] : ['--timeout', String(timeoutS)]),
    ...(commands.length === 0 ? [] : ['--run', ...commands]),
  ]);
  const { result: report } = JSON.parse(result.stdout.trimEnd().split('\n').at(-1)!);
  expect(report.osRelease).toMatch(/^ID=distrokit$/m);
  expect(report.sshOsRelease).toMatch(/^ID=distrokit$/m);
  expect(report.address).toMatch(/^10\.0\.2\.\d+$/);
  expect(report.machineId).toMatch(/^[0-9a-f]{32}$/);
  return report.outputs;
}
