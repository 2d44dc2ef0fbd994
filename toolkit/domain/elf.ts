/** What of an ELF file decides how it is found, loaded and hardened; strings are bytes in latin1. */
export interface ElfFile {
  readonly bits: 32 | 64;
  /** `e_machine`: 62 is x86-64. */
  readonly machine: number;
  readonly type: 'relocatable' | 'executable' | 'shared' | 'other';
  /** The dynamic loader that the kernel starts, of programs that ask for one. */
  readonly interpreter: string | undefined;
  readonly isDynamic: boolean;
  readonly soname: string | undefined;
  readonly needed: readonly string[];
  /** Entries of DT_RPATH and DT_RUNPATH, as they are written. */
  readonly rpath: readonly string[];
  readonly runpath: readonly string[];
  readonly bindsNow: boolean;
  /** Marked by the linker as a program, not a library (DF_1_PIE). */
  readonly isPie: boolean;
  readonly hasTextRelocations: boolean;
  readonly hasRelro: boolean;
  /** What PT_GNU_STACK says; without one Linux makes the stack executable. */
  readonly stack: 'absent' | 'executable' | 'plain';
  /** Whether a segment is loaded that can be written and run. */
  readonly hasWritableCode: boolean;
  readonly hasSymbolTable: boolean;
  readonly hasDebugInfo: boolean;
  readonly isKernelModule: boolean;
  /** Undefined symbols of the dynamic symbol table: what other libraries are asked for. */
  readonly imports: readonly string[];
  /** The x86 features that all its code supports, by its property note. */
  readonly cet: { readonly ibt: boolean; readonly shadowStack: boolean };
  /** Bytes of code that are loaded, and how many `endbr64` (x86 only) stand in them: one for each function. */
  readonly codeSize: number;
  readonly landingPads: number;
  /** Hexadecimal. */
  readonly buildId: string | undefined;
}
