import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SaxesParser } from 'saxes';
import { extract, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { packerOf } from '../../../toolkit/formats/disk-packer.ts';
import { writeOva } from '../../../toolkit/formats/ova/index.ts';
import { memorySource } from '../../../toolkit/formats/source.ts';
import { streamVmdk } from '../../../toolkit/formats/vmdk/index.ts';
import { collect, pieces, sha256 } from '../support/bytes.ts';
import { MIB } from '../support/image.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

const MACHINE = {
  name: 'trial',
  version: '1.0',
  diskSize: 2 * MIB,
  cpus: 2,
  memoryMb: 1024,
  firmware: 'bios',
} as const;
const TIME = 1_700_000_000;

function vmdk(): AsyncGenerator<Uint8Array> {
  const disk = Buffer.alloc(MACHINE.diskSize, 'the disk ');
  const identity = {
    cid: '00112233',
    uuid: '00112233-4455-6677-8899-aabbccddeeff',
    fileName: 'trial-disk1.vmdk',
  };
  return streamVmdk(
    disk.length,
    [{ offset: 0, length: disk.length }],
    packerOf(memorySource(disk), 2),
    identity,
  );
}

async function archive(machine: Parameters<typeof writeOva>[0] = MACHINE, disk = vmdk()): Promise<Buffer> {
  const chunks = await Array.fromAsync(writeOva(machine, disk, TIME));
  expect(chunks.at(-1)?.offset).toBe(0);
  const sorted = chunks.toSorted((a, b) => a.offset - b.offset);
  let end = 0;
  for (const { offset, bytes } of sorted) {
    expect(offset).toBe(end);
    end += bytes.length;
  }
  return Buffer.concat(sorted.map(({ bytes }) => bytes));
}

/** Every file of an archive, in order. Throws for one that is damaged. */
async function filesOf(bytes: Buffer): Promise<{ header: Header; content: Buffer }[]> {
  const reader = extract();
  const files: { header: Header; content: Buffer }[] = [];
  reader.on('entry', (header, stream, next) => {
    const parts: Buffer[] = [];
    stream.on('data', (part) => parts.push(part as Buffer));
    // The reader itself fails with the same.
    stream.on('error', () => undefined);
    stream.on('end', () => {
      files.push({ header, content: Buffer.concat(parts) });
      next();
    });
  });
  await pipeline(Readable.from([bytes]), reader);
  return files;
}

describe('writeOva', () => {
  it('writes the same bytes as ever', async () => {
    expect(sha256(await archive())).toBe('5ecacc9a479a183ec09cf013f4e9d12d56ee8376db6ea76f8766d4e2602bda47');
  });

  it('has the descriptor first, then the manifest, then the disk', async () => {
    const files = await filesOf(await archive());
    expect(files.map(({ header }) => header.name)).toEqual(['trial.ovf', 'trial.mf', 'trial-disk1.vmdk']);
    for (const { header } of files) {
      expect(header).toMatchObject({ mode: 0o644, uid: 0, gid: 0, mtime: new Date(TIME * 1000) });
    }
    expect(files[2]!.content.equals(await collect(vmdk()))).toBe(true);
  });

  it('has a manifest that its files keep', async () => {
    const [envelope, manifest, disk] = await filesOf(await archive());
    const lines = [envelope!, disk!].map(
      ({ header, content }) =>
        `SHA256(${header.name})= ${createHash('sha256').update(content).digest('hex')}\n`,
    );
    expect(manifest!.content.toString()).toBe(lines.join(''));
  });

  it('describes the machine, and its disk with the size of file and disk', async () => {
    const [envelope, , disk] = await filesOf(await archive());
    const found = elementsOf(envelope!.content.toString());
    expect(found.get('File')).toEqual([
      { 'ovf:id': 'file1', 'ovf:href': 'trial-disk1.vmdk', 'ovf:size': String(disk!.content.length) },
    ]);
    expect(found.get('Disk')).toEqual([
      expect.objectContaining({
        'ovf:capacity': String(2 * MIB),
        'ovf:capacityAllocationUnits': 'byte',
        'ovf:fileRef': 'file1',
      }),
    ]);
    expect(found.get('Item')).toHaveLength(5);
    expect(found.get('vmw:Config')).toEqual([
      { 'ovf:required': 'false', 'vmw:key': 'firmware', 'vmw:value': 'bios' },
    ]);
  });

  it.each([0, 9, 12_345_678])('keeps its head as long for a disk file of %d bytes', async (size) => {
    const bytes = await archive(MACHINE, pieces(Buffer.alloc(size), MIB));
    const files = await filesOf(bytes);
    expect(files[2]!.content).toHaveLength(size);
    expect(elementsOf(files[0]!.content.toString()).get('File')?.[0]?.['ovf:size']).toBe(String(size));
  });

  it('is found out when it is cut short', async () => {
    const bytes = await archive();
    await expect(filesOf(bytes.subarray(0, bytes.length - 2048))).rejects.toThrow();
  });

  judged(
    'tar',
    'xmllint',
    'sha256sum',
    'qemu-img',
  )('is what tar, xmllint and qemu-img expect', async () => {
    using folder = tempFolder('ova-');
    const ova = join(folder.path, 'trial.ova');
    writeFileSync(ova, await archive());
    const list = runTool(['tar', '-tvf', ova, '--full-time', '--numeric-owner']).toString();
    expect(list.match(/^-rw-r--r-- 0\/0 +\d+ 2023-11-14 22:13:20 trial/gm)).toHaveLength(3);
    runTool(['tar', '-xf', ova, '-C', folder.path]);
    runTool(['xmllint', '--noout', '--nonet', join(folder.path, 'trial.ovf')]);
    const manifest = readFileSync(join(folder.path, 'trial.mf'), 'utf8');
    const sums = manifest.replaceAll(/^SHA256\((.*)\)= (.*)$/gm, '$2  $1');
    runTool(['sha256sum', '-c', '--strict'], { cwd: folder.path, input: Buffer.from(sums) });
    runTool(['qemu-img', 'check', '-f', 'vmdk', join(folder.path, 'trial-disk1.vmdk')]);
  });
});

/** Attributes of all elements of a document, by name. Throws where it is not well-formed. */
function elementsOf(xml: string): Map<string, Record<string, string>[]> {
  const found = new Map<string, Record<string, string>[]>();
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    found.set(name, [...(found.get(name) ?? []), { ...attributes }]);
  });
  parser.write(xml).close();
  return found;
}
