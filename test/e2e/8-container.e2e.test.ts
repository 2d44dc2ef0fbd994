import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Clone, isRoot, removeTree, testHome, warmClone } from '../support/checkout.ts';
import { artifactsOf } from '../support/images.ts';
import { must } from '../support/shell.ts';

interface Descriptor {
  readonly digest: string;
}

describe.runIf(isRoot())('configs/container.yaml', () => {
  let home: string;
  let clone: Clone;

  beforeAll(async () => {
    home = await testHome('container');
    clone = await warmClone(home);
    await clone.must(['make', 'image', 'CONFIG=configs/container.yaml']);
  });

  afterAll(async () => {
    if (home !== undefined) await removeTree(home);
  });

  /** Unpacks the only layer of the OCI archive, as an engine would. Returns its folder. */
  async function unpackLayer(archive: string): Promise<string> {
    const layout = join(home, 'layout');
    const root = join(home, 'root');
    await mkdir(layout);
    await mkdir(root, { mode: 0o755 });
    await must(['tar', '-C', layout, '-xf', archive]);
    const read = async (path: string) => JSON.parse(await readFile(join(layout, path), 'utf8'));
    const blob = ({ digest }: Descriptor) => `blobs/${digest.replace(':', '/')}`;
    const index = (await read('index.json')) as { manifests: Descriptor[] };
    const manifest = (await read(blob(index.manifests[0]!))) as { config: Descriptor; layers: Descriptor[] };
    const { config } = (await read(blob(manifest.config))) as { config: { Cmd: string[] } };
    expect(config.Cmd).toEqual(['/bin/sh']);
    expect(manifest.layers).toHaveLength(1);
    await must(['tar', '-C', root, '--numeric-owner', '-xzpf', join(layout, blob(manifest.layers[0]!))]);
    return root;
  }

  it('makes a container whose shell runs, with accounts, certificates and time zones', async () => {
    const artifact = (await artifactsOf(clone, 'container')).find(({ format }) => format === 'oci');
    const root = await unpackLayer(join(clone.dir, 'images/container', artifact!.name));
    const script = [
      'set -e',
      '. /etc/os-release; echo "$ID"',
      'id -un',
      'grep -c "BEGIN CERTIFICATE" /etc/ssl/certs/ca-certificates.crt',
      'TZ=Europe/Berlin date -d @0 +%H:%M',
      'getent hosts localhost >/dev/null 2>&1 || grep -q localhost /etc/hosts',
    ].join('\n');
    const { stdout } = await must([
      ...(['unshare', '--mount', '--pid', '--fork', '--net', '--uts', '--ipc'] as const),
      ...['env', '-i', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'chroot', root, '/bin/sh', '-c', script],
    ]);
    const [id, user, certificates, time] = stdout.trimEnd().split('\n');
    expect([id, user, time]).toEqual(['distrokit', 'root', '01:00']);
    expect(Number(certificates)).toBeGreaterThan(100);
  });
});
