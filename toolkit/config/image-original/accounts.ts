import { type Draft, some } from './draft.ts';
import type { OriginalSystem } from './system-schema.ts';

type Path = readonly PropertyKey[];

/** Users without the passwords that are not hashed: `passwordsOf` has those. */
export function translateAccounts(system: OriginalSystem, at: Path, draft: Draft): void {
  for (const [index, { Name, GID }] of (system.Groups ?? []).entries()) {
    draft.set(['groups', index, 'name'], Name, [...at, 'Groups', index, 'Name']);
    draft.set(['groups', index, 'gid'], GID ? Number(GID) : undefined, [...at, 'Groups', index, 'GID']);
  }
  for (const [index, user] of (system.Users ?? []).entries()) {
    const from = [...at, 'Users', index];
    const set = draft.setter(['users', index], from);
    set('name', user.Name, 'Name');
    const uid = some(user.UID);
    set('uid', uid === undefined ? undefined : Number(uid), 'UID');
    if (user.PasswordHashed) set('passwordHash', some(user.Password), 'Password');
    // 0 leaves it as the packages have it.
    set('passwordExpiresDays', user.PasswordExpiresDays || undefined, 'PasswordExpiresDays');
    set('sshKeyFiles', user.SSHPubKeyPaths, 'SSHPubKeyPaths');
    set('sshKeys', user.SSHPubKeys, 'SSHPubKeys');
    set('group', some(user.PrimaryGroup), 'PrimaryGroup');
    set('groups', user.SecondaryGroups, 'SecondaryGroups');
    set('startupCommand', some(user.StartupCommand), 'StartupCommand');
    set('home', some(user.HomeDirectory), 'HomeDirectory');
  }
}
