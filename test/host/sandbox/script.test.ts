import { describe, expect, it } from 'vitest';
import { rootScript, sandboxArgv } from '../../../toolkit/host/sandbox/script.ts';

const bind = {
  source: '/home/eve/specs',
  target: '/specs',
  writable: false,
  isFolder: true,
  flags: ',nodev',
};
const view = { cache: '/cache', bindSource: () => '/home/eve/specs' };
const command = { argv: ['true'], cwd: '/', env: { A: '1' } };
const root = { lowers: ['top/u', 'base/u'], work: 'tmp/x' };

/** The words without the script's own text. */
function words(argv: readonly string[]): string {
  return argv.map((word) => (word.startsWith('eval ') ? 'SCRIPT' : word)).join(' ');
}

describe('sandboxArgv', () => {
  const request = { cacheDir: '/c', binds: [bind], creator: 42, namespaces: { network: true } };
  const user = words(sandboxArgv({ ...request, privileged: false }, () => ['exec', 'true']));
  const asRoot = words(sandboxArgv({ ...request, privileged: true }, () => ['exec', 'true']));

  it('sets pdeathsig again after each change of credentials, and asks whether the parent still lives', () => {
    expect(user).toMatch(/unshare --user --keep-caps -- setpriv --pdeathsig KILL -- sh -c SCRIPT sandbox go/);
    expect(user).toMatch(/--clear-groups --pdeathsig KILL -- sh -c SCRIPT sandbox parent 42 exec unshare/);
    expect(user).toMatch(/--net --fork --kill-child=KILL/);
  });

  it('leaves the network to who asks for it', () => {
    const argv = sandboxArgv({ ...request, namespaces: { network: false }, privileged: false }, () => []);
    expect(argv).not.toContain('--net');
  });

  it('shows binds to the sandboxes of root through a stage, read-only from the start', () => {
    expect(asRoot).toMatch(
      /^unshare --mount .* bind \/home\/eve\/specs \/sys\/0 readonly ,nodev \/sys\/0 cd \//,
    );
    expect(user).not.toContain('/sys');
  });
});

describe('rootScript', () => {
  const script = (privileged: boolean) =>
    rootScript(root, command, { binds: [bind], privileged })(view).join(' ');

  it('mounts the layers uppermost first, below a scratch layer', () => {
    expect(script(false)).toContain('lowerdir=top/u:base/u,upperdir=tmp/x/u,workdir=tmp/x/w,userxattr');
  });

  it('makes a bind of a user read-only with the flags that the host locked', () => {
    expect(script(false)).toContain('bind /home/eve/specs ./specs readonly ,nodev ./specs');
    expect(script(true)).not.toContain('readonly');
  });

  it('runs the command last, after our word, with its environment', () => {
    expect(script(false)).toMatch(/pivot \. hostname build loopback go run \/ A=1 true$/);
  });

  it('refuses options that mount(2) would cut', () => {
    const lowers = Array.from({ length: 60 }, () => 'x'.repeat(80));
    expect(() => rootScript({ ...root, lowers }, command, { binds: [], privileged: true })(view)).toThrow(
      /overlay options/,
    );
  });
});
