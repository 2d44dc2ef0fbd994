import { z } from 'zod';
import { accountName, hostPath } from './words.ts';

const sshKey = z
  .string()
  .refine((key) => !key.includes('PRIVATE KEY'), 'this is a private key; the public one (.pub) is wanted')
  .refine(
    (key) =>
      /^(?:[^#\s].*\s)?(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[\w@.-]+ [A-Za-z0-9+/]+=*(?: .*)?$/.test(key.trim()),
    'one line of an OpenSSH public key is wanted, e.g. "ssh-ed25519 AAAA... me@host"',
  );

/** What /etc/shadow may hold for a password. Source: crypt(5). */
export const CRYPT_HASH = /^(?:\$(?:1|2[aby]?|5|6|y|gy|7)\$[^:\s]+|\*)$/;

const user = z.strictObject({
  name: z.string().regex(/^[a-z_][a-z0-9_-]{0,30}$/, 'a user name has lower-case letters, digits, _ and -'),
  passwordHash: z
    .string()
    .regex(CRYPT_HASH, 'a crypt hash is wanted, never the password itself; make one with: openssl passwd -6')
    .optional(),
  passwordHashFile: hostPath.describe('a file with such a hash').optional(),
  passwordFile: hostPath.describe('a file with the password itself, which is hashed').optional(),
  passwordExpiresDays: z
    .int()
    .min(-1)
    .max(99999)
    .describe('days until the account expires; -1: never')
    .optional(),
  sshKeys: z.array(sshKey).optional(),
  sshKeyFiles: z.array(hostPath).optional(),
  uid: z.int().min(0).max(4294967293).optional(),
  group: accountName.describe('primary group').optional(),
  groups: z.array(accountName).optional(),
  shell: z
    .string()
    .regex(/^\/[^:\n]*$/, 'an absolute path is wanted')
    .optional(),
  startupCommand: z
    .string()
    .regex(/^\/[^:\n]*$/, 'an absolute path is wanted')
    .describe('what a login starts, instead of a shell')
    .optional(),
  home: z
    .string()
    .regex(/^\/[^:\n]*$/, 'an absolute path is wanted')
    .optional(),
});

export const userSchema = user.refine(
  ({ passwordHash, passwordHashFile, passwordFile }) =>
    [passwordHash, passwordHashFile, passwordFile].filter((one) => one !== undefined).length <= 1,
  'give one of passwordHash, passwordHashFile and passwordFile',
);

export const groupSchema = z.strictObject({
  name: accountName,
  gid: z.int().min(0).max(4294967293).optional(),
});
