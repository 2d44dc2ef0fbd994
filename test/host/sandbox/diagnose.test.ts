import { describe, expect, it } from 'vitest';
import { type RefusalFacts, remedyFor } from '../../../toolkit/host/sandbox/diagnose.ts';

const allowed: RefusalFacts = {
  isRoot: false,
  inContainer: false,
  maxUserNamespaces: '96000',
  unprivilegedUsernsClone: undefined,
  apparmorRestriction: undefined,
};

describe('remedyFor', () => {
  it.each<[string, Partial<RefusalFacts>, RegExp]>([
    ['no user namespaces at all', { maxUserNamespaces: '0' }, /sysctl -w user.max_user_namespaces=/],
    ['none for users', { unprivilegedUsernsClone: '0' }, /kernel.unprivileged_userns_clone=1/],
    ['AppArmor in the way', { apparmorRestriction: '1' }, /apparmor_restrict_unprivileged_userns=0/],
    ['a container', { inContainer: true }, /--security-opt seccomp=unconfined/],
    ['what we do not know', {}, /TOOLCHAIN=docker/],
  ])('names the way out of %s', (_, facts, remedy) => {
    expect(remedyFor({ ...allowed, ...facts })).toMatch(remedy);
  });

  it('does not send root to settings for users', () => {
    const facts = { ...allowed, isRoot: true, unprivilegedUsernsClone: '0', apparmorRestriction: '1' };
    expect(remedyFor(facts)).not.toMatch(/sysctl/);
  });
});
