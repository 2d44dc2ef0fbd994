import { chmod, copyFile, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionFileNames } from '../../../toolkit/domain/image.ts';
import { latin1Text } from '../../../toolkit/domain/image-bytes.ts';
import type { Disk } from '../../../toolkit/domain/image-disk.ts';
import { imageFormats } from '../../../toolkit/domain/image-format.ts';
import { manifestLine } from '../../../toolkit/domain/image-manifest.ts';
import { diskPartitions } from '../../../toolkit/domain/image-partitions.ts';
import type { Rootfs } from '../../../toolkit/domain/image-rootfs.ts';
import type { Root } from '../../../toolkit/domain/ports.ts';
import { readErofs } from '../../../toolkit/formats/erofs/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { readSquashfs } from '../../../toolkit/formats/squashfs/index.ts';
import type { Host } from '../../../toolkit/host/host.ts';
import { type Artifact, emitArtifacts } from '../../../toolkit/stages/disk-to-artifacts/index.ts';
import { contentsOfDisk, contentsOfTar } from '../../../toolkit/stages/repo-to-rootfs/index.ts';
import { writeDisk } from '../../../toolkit/stages/rootfs-to-disk/index.ts';
import { openTestHost } from '../../support/host.ts';
import { diskVerity, imageConfig, inTools, testProgram } from '../../support/image-host.ts';
import { oddEntries, oddText, storeOddTree } from '../../support/odd-tree.ts';

const signal = new AbortController().signal;
// Every format, and every compression of one of them.
const config = imageConfig({
  // The tree has no program that an initramfs could start.
  formats: imageFormats
    .filter((format) => !format.startsWith('initrd'))
    .filter((format) => !/\.(?:gz|xz|zst)$/.test(format) || /^(?:raw|tar)\./.test(format)),
});

let host: Host;
let tools: Root;
let folder: string;
let rootfs: Rootfs;
let disk: Disk;
let raw: string;
let artifacts: Artifact[];

async function tool(...argv: [string, ...string[]]): Promise<string> {
  const files = {
    raw,
    ...Object.fromEntries(artifacts.map(({ format, path }) => [`image.${format}`, path])),
    ...Object.fromEntries(artifacts.map(({ name, path }) => [name, path])),
  };
  return await inTools(argv, files, host, tools, signal);
}

/** What debugfs says of the root file system, its banner left out. */
async function ask(command: string): Promise<string> {
  return await tool('debugfs', '-R', command, `/in/raw?offset=${disk.layout.root!.offset}`);
}

const quoted = (path: string): string => `"/${Buffer.from(path, 'latin1').toString().replaceAll('"', '""')}"`;

describe('a tree with everything that a file system holds', () => {
  beforeAll(async () => {
    host = await openTestHost();
    tools = await host.roots.base('tools', signal);
    folder = await mkdtemp(join(tmpdir(), 'disk-test-'));
    await chmod(folder, 0o755);
    // Any EFI program will do in place of a kernel: nothing is started here.
    const kernel = await inTools(
      ['base64', '-w0', '/usr/lib/systemd/boot/efi/linuxx64.efi.stub'],
      {},
      host,
      tools,
      signal,
    );
    const stored = await storeOddTree(host, Buffer.from(kernel, 'base64'), signal);
    const { image } = stored.kernel!;
    // Nor is the initramfs.
    rootfs = { ...stored, live: { init: image, busybox: image } };
    disk = await writeDisk({ config, rootfs, tools, program: testProgram(`${Math.random()}`) }, host, signal);
    raw = join(folder, 'disk.raw');
    await copyFile((await host.store.find(disk.raw.sha256))!, raw);
    await chmod(raw, 0o644);
    const program = testProgram(`${Math.random()}`);
    artifacts = await emitArtifacts(
      { config, rootfs, disk, tools, program, imagesDir: folder },
      host,
      signal,
    );
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await host?.[Symbol.asyncDispose]();
  });

  it('gives the same disk and artifacts again', async () => {
    const program = testProgram(`${Math.random()}`);
    const again = await writeDisk({ config, rootfs, tools, program }, host, signal);
    expect(again.key).not.toBe(disk.key);
    expect(again.raw).toEqual(disk.raw);
    const other = { config, rootfs, disk: again, tools, program, imagesDir: join(folder, 'again') };
    const digests = (list: readonly Artifact[]) => list.map(({ name, sha256 }) => [name, sha256]);
    expect(digests(await emitArtifacts(other, host, signal))).toEqual(digests(artifacts));
  });

  it('has a partition table and file systems that their own tools find nothing wrong with', async () => {
    expect(await tool('sgdisk', '-v', '/in/raw')).toContain('No problems found');
    await tool(
      'sh',
      '-c',
      `dd if=/in/raw of=/tmp/r bs=1M iflag=skip_bytes skip=${disk.layout.root!.offset} conv=sparse && e2fsck -fn /tmp/r`,
    );
    await tool(
      'sh',
      '-c',
      `dd if=/in/raw of=/tmp/e bs=1M iflag=skip_bytes,count_bytes skip=${disk.layout.esp!.offset} count=${disk.layout.esp!.size} && fsck.fat -n /tmp/e`,
    );
  });

  it.each(
    oddEntries
      .filter(({ type }) => type !== 'hardlink')
      .map((entry) => [latin1Text(entry.path), entry] as const),
  )('keeps owner, mode, type and time of /%s in ext4', async (path, entry) => {
    // Not UTF-8: no argument can say it. The listing's byte becomes U+FFFD in our own decoding.
    if (path === 'caf\xe9') return expect(await ask('ls -p /')).toMatch(/\/100644\/0\/0\/caf\ufffd\/6\//);
    const type = {
      file: 'regular',
      directory: 'directory',
      symlink: 'symlink',
      char: 'character special',
      block: 'block special',
      fifo: 'FIFO',
    }[entry.type as string];
    const said = await ask(`stat ${quoted(path)}`);
    expect(said).toContain(`Type: ${type} `);
    expect(said).toMatch(new RegExp(`Mode:\\s+0?${entry.mode.toString(8).padStart(4, '0')} `));
    expect(said).toMatch(new RegExp(`User:\\s+${entry.uid}\\s+Group:\\s+${entry.gid}\\s`));
    expect(said).toContain(` mtime: 0x${entry.mtime.toString(16).padStart(8, '0')}:`);
    if (entry.device !== undefined) {
      expect(said).toContain(
        `Device major/minor number: ${String(entry.device.major).padStart(2, '0')}:${String(entry.device.minor).padStart(2, '0')}`,
      );
    }
  });

  it('keeps the names of a hard link one file', async () => {
    const inode = (said: string) => /Inode: (\d+)/.exec(said)?.[1];
    const first = await ask('stat /deep/first');
    expect(first).toContain('Links: 2 ');
    expect(inode(await ask('stat /deep/second'))).toBe(inode(first));
  });

  it.each([
    ['capable', 'security.capability (20) = 01 00 00 02 00 20 00 00'],
    ['labelled', 'security.selinux (27) = "system_u:object_r:bin_t:s0\\000"'],
    ['many', 'user.b (3) = 00 ff 0a'],
    ['trusted', 'trusted.note (1) = "t"'],
    // ext4 has its own form of ACLs: version 1, and ids only where there are any.
    ['acl', 'system.posix_acl_access (28) = 01 00 00 00 01 00 06 00 02 00 04 00 4d 00 00 00'],
    ['space and ""quotes""', 'user.note (6) = "spaced"'],
  ])('keeps the extended attributes of /%s in ext4', async (path, expected) => {
    expect(await ask(`ea_list "/${path}"`)).toContain(expected);
  });

  it('keeps owners, modes, times, names and links in squashfs', async () => {
    const list = await tool(
      'sh',
      '-c',
      'xorriso -osirrox on -indev /in/image.iso -extract /live/root.squashfs /tmp/s >/dev/null 2>&1; TZ=UTC unsquashfs -lln /tmp/s',
    );
    const line = (name: string) =>
      list.split('\n').find((text) => text.endsWith(` squashfs-root${name}`)) ?? '';
    expect(line('')).toMatch(/^drwxr-x--x 3\/4 .* 2023-11-14 22:13 /);
    expect(line('/setuid')).toMatch(/^-rwsr-xr-x 70000\/70001 /);
    expect(line('/sticky')).toMatch(/^drwxrwxrwt 0\/0 /);
    expect(line('/char')).toMatch(/^crw-rw-rw- 0\/0 +1, +3 /);
    expect(line('/old')).toMatch(/ 1970-01-01 00:00 /);
    expect(list).toContain(` squashfs-root/${'n'.repeat(255)}\n`);
    expect(list).toContain(`squashfs-root/symlink-long -> ${'x'.repeat(200)}\n`);
  });

  it('keeps extended attributes in squashfs and in the archive', async () => {
    const extract =
      'cd /tmp && xorriso -osirrox on -indev /in/image.iso -extract /live/root.squashfs s >/dev/null 2>&1';
    const found = await tool(
      'sh',
      '-c',
      `${extract}; unsquashfs -q -n -d out s >/dev/null 2>&1; getfattr --absolute-names -d -m - -e hex out/many; mkdir tar; tar --xattrs --xattrs-include='*' -xzf /in/image.tar.gz -C tar 2>/dev/null; getfattr --absolute-names -d -m - -e hex tar/many`,
    );
    expect(found.match(/user\.[ab]=0x00ff0a/g)).toHaveLength(4);
  });

  it.each([
    ['vpc', 'vhd'],
    ['vpc', 'vhd-dynamic'],
    ['vhdx', 'vhdx'],
    ['vhdx', 'vhdx-fixed'],
    ['qcow2', 'qcow2'],
    ['qcow2', 'qcow2-zstd'],
    ['vmdk', 'vmdk'],
    ['vmdk', 'vmdk-stream'],
    ['vdi', 'vdi'],
    ['raw', 'raw'],
  ])('holds the same disk as %s', async (name, format) => {
    expect(
      await tool('qemu-img', 'compare', '-f', 'raw', '-F', name, '/in/raw', `/in/image.${format}`),
    ).toContain('identical');
    if (name !== 'vpc' && name !== 'raw') await tool('qemu-img', 'check', '-f', name, `/in/image.${format}`);
  });

  it.each([
    ['gzip', 'gz'],
    ['xz', 'xz'],
    ['zstd', 'zst'],
  ])('holds the same disk and archive, compressed by %s', async (program, ending) => {
    for (const [name, wanted] of [
      ['raw', disk.raw],
      ['tar', await rootfs.contents.tar(signal)],
    ] as const) {
      const sum = await tool('sh', '-c', `${program} -dc /in/image.${name}.${ending} | sha256sum`);
      expect(sum).toContain(wanted.sha256);
    }
  });

  it('holds the root file system and each partition as files of their own', async () => {
    await tool('e2fsck', '-fn', '/in/image.ext4');
    const { sectorSize, partitions } = disk.layout.disk;
    for (const [index, name] of partitionFileNames(config, partitions).entries()) {
      const { startLba, endLba } = partitions[index]!;
      const area = `bs=${sectorSize} skip=${startLba} count=${endLba + 1 - startLba}`;
      await tool('sh', '-c', `dd if=/in/raw ${area} status=none | cmp - /in/${name}`);
    }
    const rootName = partitionFileNames(config, partitions).at(-1)!;
    await tool('cmp', '/in/image.ext4', `/in/${rootName}`);
    expect(await tool('sha256sum', '/in/image.kernel')).toContain(rootfs.kernel!.image.sha256);
  });

  it('keeps owners, modes and times in squashfs by itself', async () => {
    const list = await tool('sh', '-c', 'TZ=UTC unsquashfs -lln /in/image.squashfs');
    expect(list).toMatch(/^-rwsr-xr-x 70000\/70001 .* squashfs-root\/setuid$/m);
  });

  it('keeps owners, modes, times and attributes in erofs', async () => {
    await tool('fsck.erofs', '/in/image.erofs');
    const dump = async (path: string) =>
      await tool('sh', '-c', `TZ=UTC dump.erofs --path=${path} /in/image.erofs`);
    const said = await dump('/setuid');
    expect(said).toMatch(/Uid: 70000 +Gid: 70001 +Access: 0755/);
    expect(said).toContain('2023-11-14 22:13:20');
    expect(await dump('/old')).toContain('1970-01-01 00:00:01');
    expect(await dump('/many')).toMatch(/Xattr size: [1-9]/);
    // It does not show the set-user-id bit: the inode has it, 32 bytes a number after the metadata's start.
    const bytes = await readFile(artifacts.find(({ format }) => format === 'erofs')!.path);
    const inode = bytes.readUInt32LE(1024 + 40) * 4096 + Number(/NID: (\d+)/.exec(said)?.[1]) * 32;
    expect(bytes.readUInt16LE(inode + 4)).toBe(0o104755);
  });

  it.each([
    ['squashfs', readSquashfs, ['system.posix_acl_access']],
    ['erofs', readErofs, []],
  ] as const)(
    'holds every field of the manifest in %s, as our reader finds it',
    async (format, read, drops: readonly string[]) => {
      const bytes = await readFile(artifacts.find((artifact) => artifact.format === format)!.path);
      const found = await read(memorySource(bytes));
      expect(found.entries.map(manifestLine)).toEqual(
        oddEntries.map(({ sha256: _, ...entry }) =>
          manifestLine({ ...entry, xattrs: entry.xattrs.filter(({ name }) => !drops.includes(name)) }),
        ),
      );
      for (const entry of found.entries.filter(({ type }) => type === 'file')) {
        const text = Buffer.concat(await Array.fromAsync(found.content(entry))).toString();
        expect(text, latin1Text(entry.path)).toBe(oddText(entry));
      }
    },
  );

  it.each([
    ['oci', 'gzip'],
    ['oci-zstd', 'zstd'],
  ])('has the root file system as the layer of the %s layout', async (format, program) => {
    const members = await tool('tar', '-tf', `/in/image.${format}`);
    const [layer] = members.split('\n');
    expect(layer).toMatch(/^blobs\/sha256\/[0-9a-f]{64}$/);
    const sum = await tool('sh', '-c', `tar -xOf /in/image.${format} ${layer} | ${program} -dc | sha256sum`);
    expect(sum).toContain((await rootfs.contents.tar(signal)).sha256);
  });

  it('holds the stream-optimized VMDK in the OVA, as its manifest says', async () => {
    const sums = "sed -n 's/^SHA256(\\(.*\\))= \\(.*\\)$/\\2  \\1/p' trial.mf";
    const said = await tool(
      'sh',
      '-c',
      `cd /tmp && tar -xf /in/image.ova && ${sums} | sha256sum -c && cmp trial-disk1.vmdk /in/image.vmdk-stream && echo same`,
    );
    expect(said).toBe('trial.ovf: OK\ntrial-disk1.vmdk: OK\nsame\n');
  });

  it('writes artifact.json with what is there', async () => {
    const { artifacts: listed } = JSON.parse(await readFile(join(folder, 'trial', 'artifact.json'), 'utf8'));
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(
      artifacts.map(({ name }) => name).sort(),
    );
    for (const { name, size, sha256 } of listed) {
      expect(await host.digests.digest(join(folder, 'trial', name))).toEqual({ size, sha256 });
    }
  });

  it('makes only what was damaged or deleted again, and removes what is no longer wanted', async () => {
    const program = testProgram('mending');
    const request = { config, rootfs, disk, tools, program, imagesDir: join(folder, 'mending') };
    const made = await emitArtifacts(request, host, signal);
    const [first, second] = made;
    await rm(first!.path);
    await using file = await open(second!.path, 'r+');
    await file.write(Buffer.from('!'), 0, 1, 700);
    const mended = await emitArtifacts(request, host, signal);
    expect(mended.filter(({ reused }) => !reused).map(({ name }) => name)).toEqual([
      first!.name,
      second!.name,
    ]);
    expect(mended.map(({ sha256 }) => sha256)).toEqual(made.map(({ sha256 }) => sha256));
    const fewer = { ...request, config: { ...config, formats: ['raw'] as const } };
    await emitArtifacts(fewer, host, signal);
    await expect(readFile(made.at(-1)!.path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['ext4', 'erofs', 'squashfs'] as const)(
    'has hashes of a root of %s that are right',
    async (kind) => {
      const verity = diskVerity({ errorCorrection: true });
      const partitions = diskPartitions({ ...config.disk, boot: 'uefi' }).map((partition) =>
        partition.mount === '/' ? { ...partition, fileSystem: kind, grow: false } : partition,
      );
      const sealed = { ...config, disk: { ...config.disk, boot: 'uefi', partitions, verity } } as const;
      const program = testProgram(`${Math.random()}`);
      const { commandLine, layout, ...made } = await writeDisk(
        { config: sealed, rootfs, tools, program },
        host,
        signal,
      );
      const [, blocks, rootHash] = / verity .* 4096 4096 (\d+) 1 sha256 (\S+) /.exec(commandLine)!;
      const [, roots, start] = / fec_roots (\d+) fec_blocks \d+ fec_start (\d+)"/.exec(commandLine)!;
      const correction = `--fec-device=/tmp/h --fec-offset=$((4096 * ${start})) --fec-roots=${roots}`;
      const part = ({ offset, size }: { offset: number; size: number }, name: string) =>
        `dd if=/in/sealed of=/tmp/${name} bs=1M iflag=skip_bytes,count_bytes skip=${offset} count=${size} status=none`;
      const sealedRaw = (await host.store.find(made.raw.sha256))!;
      const said = await inTools(
        [
          ...(['sh', '-ec'] as const),
          `${part(layout.root!, 'r')}; ${part(layout.verified[0]!.hashes, 'h')}; ${part(layout.esp!, 'e')}
        veritysetup verify /tmp/r /tmp/h ${rootHash} && echo right
        veritysetup dump /tmp/h | grep 'Data blocks'
        mcopy -n -i /tmp/e ::/EFI/BOOT/BOOTX64.EFI /tmp/uki && grep -qa ${rootHash} /tmp/uki && echo told
        printf X | dd of=/tmp/r bs=1 seek=${(Number(blocks) - 1) * 4096 + 1} conv=notrunc status=none
        veritysetup verify /tmp/r /tmp/h ${rootHash} 2>&1 || echo wrong
        veritysetup verify ${correction} /tmp/r /tmp/h ${rootHash} 2>&1 && echo repaired || true`,
        ],
        { sealed: sealedRaw },
        host,
        tools,
        signal,
      );
      // Of one block the root hash is the hash: veritysetup counts the error then, and does not go on.
      const repaired = blocks === '1' ? '' : 'repaired\n';
      expect(said).toMatch(
        new RegExp(
          `^right\nData blocks: +\\s*${blocks}\ntold\n[^]*wrong\n[^]* 1 repairable [^\n]*\n${repaired}$`,
        ),
      );
    },
  );

  it('says which tool failed, in its own words', async () => {
    const kernel = { ...rootfs.kernel!, image: rootfs.manifest };
    const broken = { ...rootfs, kernel, efiStub: rootfs.manifest };
    await expect(
      writeDisk({ config, rootfs: broken, tools, program: testProgram(`${Math.random()}`) }, host, signal),
    ).rejects.toMatchObject({ code: 'DISK_FAILED', message: expect.stringContaining('ukify') });
  });

  it('gives the root file system back from the disk', async () => {
    const { raw: whole, places } = disk;
    const contents = contentsOfDisk({ raw: whole, places: places! }, rootfs.manifest, host);
    expect(await contents.tar(signal)).toEqual(await rootfs.contents.tar(signal));
  });

  it('takes no tar that is not the manifest’s', async () => {
    const broken = { ...rootfs, contents: contentsOfTar(rootfs.manifest, host) };
    await expect(
      writeDisk({ config, rootfs: broken, tools, program: testProgram(`${Math.random()}`) }, host, signal),
    ).rejects.toMatchObject({ code: 'ROOTFS_CONTENTS' });
  });
});
