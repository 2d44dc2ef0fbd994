import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DiskLayout, PARTITION_TYPES } from '../../toolkit/domain/disk.ts';
import { compareImages } from '../../toolkit/domain/image-difference.ts';
import type { ManifestEntry } from '../../toolkit/domain/manifest.ts';
import { encodeGpt } from '../../toolkit/formats/gpt/index.ts';
import { readFacts } from '../../toolkit/pipeline/disk-facts.ts';
import { writeFileSystem } from '../formats/support/ext4.ts';
import { smallFat } from '../formats/support/fat.ts';
import { entry } from '../formats/support/manifest.ts';
import { smallProgram } from '../formats/support/pe.ts';

const MIB = 1024 ** 2;
const SECTOR = 512;
let folder: string;
const places = () => ({ checkout: folder, imagesDir: folder });
const facts = async (name: string) => await readFacts(join(folder, name), places());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'disk-facts-'));
});
afterEach(async () => await rm(folder, { recursive: true }));

/** A header of rpm's database with a package's name, version, release and architecture. */
function header(...[name, version, release, arch]: readonly string[]): Buffer {
  const values = [
    [1000, name],
    [1001, version],
    [1002, release],
    [1022, arch],
    [1044, `${name}.src.rpm`],
  ] as const;
  const store = Buffer.from(values.map(([, text]) => `${text}\0`).join(''));
  const head = Buffer.alloc(8 + values.length * 16);
  head.writeUInt32BE(values.length, 0);
  head.writeUInt32BE(store.length, 4);
  let offset = 0;
  for (const [index, [tag, text]] of values.entries()) {
    for (const [at, value] of [tag, 6, offset, 1].entries())
      head.writeUInt32BE(value, 8 + index * 16 + at * 4);
    offset += text!.length + 1;
  }
  return Buffer.concat([head, store]);
}

function database(...packages: readonly Buffer[]): Buffer {
  const path = join(folder, 'db');
  const made = new DatabaseSync(path);
  made.exec('DROP TABLE IF EXISTS Packages; CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB)');
  for (const one of packages) made.prepare('INSERT INTO Packages (blob) VALUES (?)').run(one);
  made.close();
  return readFileSync(path);
}

/** A disk as the toolkit makes it: GPT, ESP with a kernel image, ext4. */
async function makeDisk(
  name: string,
  entries: readonly ManifestEntry[],
  commandLine: string,
  rootType: string = PARTITION_TYPES.rootX8664,
): Promise<void> {
  const root = join(folder, 'root');
  await writeFileSystem(root, [entry('', 'directory'), ...entries]);
  const layout: DiskLayout = {
    ...{ size: 70 * MIB, sectorSize: SECTOR, uuid: '11111111-2222-3333-4444-555555555555' },
    partitions: [['esp', PARTITION_TYPES.esp, 1, 2] as const, ['root', rootType, 4, 64] as const].map(
      ([label, type, start, size], at) => ({
        ...{ name: label, type, uuid: `aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeee${at}`, attributes: 0n },
        startLba: (start * MIB) / SECTOR,
        endLba: ((start + size) * MIB) / SECTOR - 1,
      }),
    ),
  };
  const file = openSync(join(folder, name), 'w');
  const put = (bytes: Uint8Array, offset: number) => writeSync(file, bytes, 0, bytes.length, offset);
  for (const { offset, bytes } of encodeGpt(layout, {})) put(bytes, offset);
  const uki = smallProgram({ '.cmdline': Buffer.from(`${commandLine}\n\0`) });
  put(smallFat({ 'EFI/BOOT/BOOTX64.EFI': uki }), MIB);
  put(readFileSync(root), 4 * MIB);
  closeSync(file);
}

const tree = (text: string, ...packages: readonly Buffer[]) => [
  entry('etc', 'directory'),
  entry('etc/motd', 'file', { content: text }),
  ...['usr', 'usr/lib', 'usr/lib/sysimage', 'usr/lib/sysimage/rpm'].map((path) => entry(path, 'directory')),
  entry('usr/lib/sysimage/rpm/rpmdb.sqlite', 'file', { content: database(...packages) }),
];

describe('readFacts', () => {
  it('reads files, packages and command line out of a raw disk that has nothing beside it', async () => {
    await makeDisk('a.raw', tree('hello', header('zlib', '1', '2', 'x86_64')), 'root=here quiet');
    const { packages, files, commandLine, artifacts } = await facts('a.raw');
    expect(packages).toEqual([{ nevra: 'zlib-1-2.x86_64', sha256: undefined }]);
    expect(commandLine).toBe('root=here quiet');
    expect(files.get('/etc/motd')).toMatchObject({
      ...{ type: 'file', mode: '0644', size: '5', time: '2023-11-14T22:13:20Z' },
      content: '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    });
    expect(files.has('/lost+found')).toBe(false);
    expect(artifacts).toMatchObject([{ name: 'raw', size: 70 * MIB }]);
  });

  it('tells how two of them differ', async () => {
    await makeDisk('a.raw', tree('hello', header('a', '1', '1', 'x'), header('b', '1', '1', 'x')), 'quiet');
    await makeDisk('b.raw', tree('there', header('a', '2', '1', 'x'), header('b', '1', '1', 'x')), 'debug');
    const difference = compareImages(await facts('a.raw'), await facts('b.raw'));
    expect(difference).toMatchObject({
      same: false,
      packages: { added: [], removed: [], changed: [{ name: 'a', from: '1-1.x', to: '2-1.x' }], rebuilt: [] },
      commandLine: { from: 'quiet', to: 'debug' },
      artifacts: { changed: [{ name: 'raw' }] },
    });
    expect(difference.files.changed.map(({ path }) => path)).toContain('/etc/motd');
    const same = compareImages(await facts('a.raw'), await facts('a.raw'));
    expect(same.same).toBe(true);
  });

  it('reads a fixed VHD, and refuses a dynamic one', async () => {
    await makeDisk('a.raw', tree('hello'), 'quiet');
    const footer = Buffer.alloc(512);
    footer.write('conectix');
    footer.writeUInt32BE(2, 60);
    writeFileSync(join(folder, 'a.vhd'), Buffer.concat([readFileSync(join(folder, 'a.raw')), footer]));
    expect((await facts('a.vhd')).commandLine).toBe('quiet');
    footer.writeUInt32BE(3, 60);
    await writeFile(join(folder, 'b.vhd'), Buffer.concat([Buffer.alloc(MIB), footer]));
    await expect(facts('b.vhd')).rejects.toMatchObject({ code: 'IMAGE_FORMAT' });
  });

  it('refuses what is no disk, and a disk without a root of ours', async () => {
    await writeFile(join(folder, 'none.raw'), 'nothing');
    await expect(facts('none.raw')).rejects.toMatchObject({ code: 'GPT_INVALID' });
    await expect(facts('missing.raw')).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
    await makeDisk('data.raw', tree('hello'), 'quiet', PARTITION_TYPES.linux);
    await expect(facts('data.raw')).rejects.toMatchObject({ code: 'IMAGE_NO_ROOT' });
  });

  it('believes the folder that lists a disk, and opens one that it does not list', async () => {
    await makeDisk('a.raw', tree('hello'), 'quiet');
    const documents = [{ name: 'a.lock.json', kind: 'lock' }];
    const index = (name: string) =>
      JSON.stringify({ artifacts: [{ name, format: 'raw', size: 1, sha256: 'aa' }], documents });
    await writeFile(join(folder, 'artifact.json'), index('other.raw'));
    expect((await facts('a.raw')).commandLine).toBe('quiet');
    await writeFile(join(folder, 'artifact.json'), index('a.raw'));
    await expect(facts('a.raw')).rejects.toMatchObject({ code: 'IMAGE_UNKNOWN' });
  });
});
