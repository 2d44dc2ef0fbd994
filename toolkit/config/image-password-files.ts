import { readFile } from 'node:fs/promises';
import { Secret } from '../domain/image-config/secret.ts';
import type { ConfigProblem } from './image-document.ts';
import { fileProblem } from './image-files.ts';
import { CRYPT_HASH } from './image-form/accounts.ts';
import { findPlaced, type Placed, pathsAt, plain, problemOf } from './placed.ts';

/** What the files say that hold passwords of users. */
export interface PasswordFiles {
  /** By absolute path. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Passwords themselves, by the user's name. */
  readonly passwords: ReadonlyMap<string, Secret>;
  /** Absolute paths of the files with hashes. Nobody may know a digest of the others, who could try what they might say. */
  readonly files: readonly string[];
}

/** Reads them; files that are not there are added to `missing`, what else is wrong to `problems`. */
export async function readPasswordFiles(
  placed: Placed,
  problems: ConfigProblem[],
  missing: ConfigProblem[],
): Promise<PasswordFiles> {
  const hashes = new Map<string, string>();
  const passwords = new Map<string, Secret>();
  const lineOf = async (
    at: ReturnType<typeof pathsAt>[number],
    what: string,
  ): Promise<string | undefined> => {
    const problem = await fileProblem(at.path, at.written);
    if (problem !== undefined) missing.push(problemOf(at.found, problem));
    if (problem !== undefined) return undefined;
    const line = (await readFile(at.path, 'utf8')).replace(/\r?\n$/, '');
    if (line !== '' && !/[\0\r\n]/.test(line)) return line;
    problems.push(problemOf(at.found, `${at.written}: ${what} is wanted, in one line`));
    return undefined;
  };
  for (const at of pathsAt(placed, 'users.*.passwordHashFile')) {
    const line = await lineOf(at, 'a crypt hash');
    if (line === undefined) continue;
    if (CRYPT_HASH.test(line)) hashes.set(at.path, line);
    // It may be the password itself: it is not told.
    else
      problems.push(problemOf(at.found, `${at.written} has no crypt hash; make one with: openssl passwd -6`));
  }
  for (const { found } of findPlaced(placed, 'users.*')) {
    const [name] = findPlaced(found, 'name');
    for (const at of pathsAt(found, 'passwordFile')) {
      const line = await lineOf(at, 'a password');
      if (line !== undefined && name !== undefined)
        passwords.set(String(plain(name.found)), new Secret(line));
    }
  }
  return { hashes, passwords, files: [...hashes.keys()] };
}
