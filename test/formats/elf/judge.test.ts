import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { readElf } from '../../../toolkit/formats/elf/index.ts';
import { judged, runTool, tempFolder } from '../support/judge.ts';

describe('readElf beside readelf', () => {
  judged('gcc', 'readelf')('says the same of what gcc links', () => {
    using folder = tempFolder('elf-');
    const source = join(folder.path, 'a.c');
    writeFileSync(source, 'extern int puts(const char *); int main(void) { return puts("a"); }\n');
    for (const flags of [
      ['-pie', '-fPIE', '-Wl,-z,now', '-Wl,-rpath,/opt/x:$ORIGIN/y'],
      ['-no-pie', '-Wl,-z,lazy', '-Wl,-z,norelro', '-Wl,-z,execstack'],
      ['-shared', '-fPIC', '-Wl,-soname,liba.so.1', '-s'],
    ]) {
      const path = join(folder.path, 'a.out');
      runTool(['gcc', '-O1', ...flags, '-o', path, source]);
      const told = runTool(['readelf', '-W', '-l', '-d', '-S', path]).toString();
      const elf = readElf(readFileSync(path));
      const all = (pattern: RegExp) => [...told.matchAll(pattern)].map(([, text]) => text!);
      expect(elf.needed).toEqual(all(/\(NEEDED\).*\[(.*)\]/g));
      expect([...elf.rpath, ...elf.runpath].join(':')).toBe(all(/\((?:RPATH|RUNPATH)\).*\[(.*)\]/g).join());
      expect(elf.soname).toBe(all(/\(SONAME\).*\[(.*)\]/g)[0]);
      expect(elf.interpreter).toBe(all(/interpreter: (.*)\]/g)[0]);
      expect(elf.bindsNow).toBe(/BIND_NOW|\(FLAGS_1\).*NOW/.test(told));
      expect(elf.isPie).toBe(/\(FLAGS_1\).*PIE/.test(told));
      expect(elf.hasRelro).toBe(told.includes('GNU_RELRO'));
      expect(elf.stack === 'executable').toBe(/GNU_STACK.*RWE/.test(told));
      expect(elf.hasSymbolTable).toBe(told.includes('.symtab'));
      expect(elf.imports).toContain('puts');
    }
  });
});
