import { must, run } from './shell.ts';

/** Debian packages of the programs that tests use beside the product's own needs. */
const PACKAGES: Readonly<Record<string, string>> = {
  newuidmap: 'uidmap',
  openssl: 'openssl',
  'ssh-keygen': 'openssh-client',
  runuser: 'util-linux',
  useradd: 'passwd',
  losetup: 'mount',
  git: 'git',
};

/** Installs what is missing of the programs that the end-to-end tests use; they run as root. */
export async function ensureTestPrograms(): Promise<void> {
  const missing = new Set<string>();
  for (const [program, name] of Object.entries(PACKAGES)) {
    const found = await run(['sh', '-c', 'PATH=$PATH:/usr/sbin:/sbin command -v "$1"', 'sh', program]);
    if (found.code !== 0) missing.add(name);
  }
  if (missing.size === 0) return;
  await must(['apt-get', 'update', '-qq']);
  await must(['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing], {
    env: { DEBIAN_FRONTEND: 'noninteractive' },
  });
}
