import { mkdir, readFile, writeFile } from 'node:fs/promises';
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

  it('says beside the image what it was made of', async () => {
    const folder = join(clone.dir, 'images/container');
    const read = async (ending: string) => await readFile(join(folder, `container-1.0.${ending}`), 'utf8');
    const packages = (await read('packages.txt')).trimEnd().split('\n');
    const bom = JSON.parse(await read('cdx.json')) as { components: { 'bom-ref': string }[] };
    expect(bom.components.map((one) => one['bom-ref']).sort()).toEqual(packages);
    const statement = JSON.parse(await read('intoto.json')) as {
      subject: { name: string; digest: { sha256: string } }[];
    };
    const artifacts = await artifactsOf(clone, 'container');
    expect(statement.subject).toEqual(artifacts.map(({ name, sha256 }) => ({ name, digest: { sha256 } })));
  });

  it('is the same image when it is made again in other conditions', async () => {
    const verify = async () =>
      (await clone.must(['toolkit/distrokit', 'verify', 'configs/container.yaml'])).stdout;
    const first = await verify();
    expect(first).toContain('clock');
    expect(first).toMatch(/^(\d+) of \1 files of container byte-identical$/m);
    // What is remembered was made in the same conditions.
    expect(await verify()).toBe(first);
  });

  it('names the file and the script by which an image differs', async () => {
    const spec = [
      ...['Name: stamper', 'Version: 1', 'Release: 1', 'Summary: Writes the time', 'License: MIT'],
      ...['BuildArch: noarch', 'Requires(post): busybox', '%description', 'A trial.', '%post'],
      ...[
        'date +%%s%%N >/etc/stamp',
        '%files',
        '%changelog',
        '* Mon Jan 01 2024 A <a@example.org> - 1-1',
        '- A',
      ],
    ].join('\n');
    await mkdir(join(clone.dir, 'specs/stamper'));
    await writeFile(join(clone.dir, 'specs/stamper/stamper.spec'), `${spec}\n`);
    const config = 'version: "1"\npackages: [busybox, filesystem, stamper]\nformats: [tar.gz]\n';
    await writeFile(join(clone.dir, 'configs/stamped.yaml'), config);
    const { code, stdout } = await clone.run(['toolkit/distrokit', 'verify', 'configs/stamped.yaml']);
    expect(code).toBe(1);
    expect(stdout).toContain('root file system > /etc/stamp: line 1');
    expect(stdout).toContain('from scripts of stamper-1-1.noarch');
  });

  it('is told apart from another image', async () => {
    const diff = (...images: string[]) => clone.run(['toolkit/distrokit', 'diff', ...images]);
    const same = await diff('configs/container.yaml', 'images/container/container-1.0.oci.tar');
    expect([same.code, same.stdout]).toEqual([0, 'the images are the same\n']);
    const other = await diff('images/container', 'images/stamped');
    expect(other.code).toBe(1);
    expect(other.stdout).toMatch(/^ {2}\+ stamper-1-1\.noarch$/m);
    expect(other.stdout).toMatch(/^ {2}\+ \/etc\/stamp: file 0644 0:0, \d+ bytes$/m);
  });
});
