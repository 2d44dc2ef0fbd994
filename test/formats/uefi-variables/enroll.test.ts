import { access, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { guidToBytes } from '../../../toolkit/domain/uuid.ts';
import { enrollCertificate, readVariables } from '../../../toolkit/formats/uefi-variables/index.ts';

/** Debian's: no key enrolled, and one for tests. */
const EMPTY = '/usr/share/OVMF/OVMF_VARS_4M.fd';
const ENROLLED = '/usr/share/OVMF/OVMF_VARS_4M.snakeoil.fd';
const hasOvmf = await access(ENROLLED).then(
  () => true,
  () => false,
);

/** As short as a volume of variables can be. */
function emptyStore(size: number): Buffer {
  const file = Buffer.alloc(size, 0xff);
  file.fill(0, 0, 16);
  file.set(guidToBytes('fff12b8d-7696-4c8b-a985-2747075b4f50'), 16);
  file.writeUInt16LE(0x48, 48);
  file.set(guidToBytes('aaf32c78-947b-439a-a180-2e144ec37792'), 0x48);
  file.writeUInt32LE(size - 0x48, 0x48 + 16);
  file.writeUInt16LE(0xfe5a, 0x48 + 20);
  return file;
}

describe('enrollCertificate', () => {
  const certificate = Buffer.from('a certificate');

  it('sets the keys, and switches Secure Boot on', () => {
    const variables = readVariables(enrollCertificate(emptyStore(1024), certificate));
    expect(variables.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['db', 0x27],
      ['KEK', 0x27],
      ['PK', 0x27],
      ['SecureBootEnable', 3],
    ]);
    const list = Buffer.from(variables[2]!.data);
    expect(list.readUInt32LE(16)).toBe(list.length);
    expect(list.readUInt32LE(24)).toBe(16 + certificate.length);
    expect(list.subarray(44)).toEqual(certificate);
  });

  it.runIf(hasOvmf)('writes what the firmware itself wrote of the same certificate', async () => {
    const wanted = readVariables(await readFile(ENROLLED));
    const named = (name: string) => wanted.find((variable) => variable.name === name)!;
    // Type, sizes and owner come before it.
    const own = enrollCertificate(await readFile(EMPTY), named('PK').data.subarray(44));
    for (const { name, ...rest } of readVariables(own)) {
      const { vendor, attributes, data } = named(name);
      if (name === 'PK') expect(rest).toEqual({ vendor, attributes, data });
      else expect([rest.vendor, rest.attributes]).toEqual([vendor, attributes]);
    }
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['another volume', Buffer.alloc(1024)],
    ['one that is full', emptyStore(300)],
    ['one with keys', enrollCertificate(emptyStore(1024), certificate)],
  ])('refuses %s', (_, file) => {
    expect(() => enrollCertificate(file, certificate)).toThrow(
      expect.objectContaining({ code: 'UEFI_VARIABLES' }),
    );
  });
});
