/** A PE program of sections that lie behind one another, padded to 512 bytes. */
export function smallProgram(sections: Readonly<Record<string, Uint8Array>>): Buffer {
  const head = Buffer.alloc(512);
  head.write('MZ');
  head.writeUInt32LE(64, 0x3c);
  head.write('PE\0\0', 64);
  const names = Object.keys(sections);
  head.writeUInt16LE(names.length, 70);
  head.writeUInt16LE(16, 84);
  const parts = [head];
  let offset = head.length;
  for (const [index, name] of names.entries()) {
    const bytes = sections[name]!;
    const padded = Buffer.alloc(Math.ceil(bytes.length / 512) * 512);
    padded.set(bytes);
    const at = 64 + 24 + 16 + index * 40;
    head.write(name, at, 'latin1');
    head.writeUInt32LE(bytes.length, at + 8);
    head.writeUInt32LE(padded.length, at + 16);
    head.writeUInt32LE(offset, at + 20);
    parts.push(padded);
    offset += padded.length;
  }
  return Buffer.concat(parts);
}

/** A PE32+ program that can be signed: one section, padded to 512 bytes, behind the header. */
export function smallEfiProgram(code: Uint8Array): Buffer {
  const optional = 64 + 24;
  const size = Math.ceil(code.length / 512) * 512;
  const program = Buffer.alloc(512 + size);
  program.write('MZ');
  program.writeUInt32LE(64, 0x3c);
  program.write('PE\0\0', 64);
  program.writeUInt16LE(1, 70);
  program.writeUInt16LE(240, 84);
  program.writeUInt16LE(0x20b, optional);
  program.writeUInt32LE(512, optional + 60);
  program.writeUInt32LE(16, optional + 108);
  const section = optional + 240;
  program.write('.text', section);
  program.writeUInt32LE(code.length, section + 8);
  program.writeUInt32LE(size, section + 16);
  program.writeUInt32LE(512, section + 20);
  program.set(code, 512);
  return program;
}
