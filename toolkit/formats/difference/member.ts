/** A named part of a content: a member of an archive, a section of a program. */
export interface Member {
  readonly name: string;
  /** What stands beside its bytes: times, owners, modes. */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly content: Buffer;
}

/** A content in parts. */
export interface Parts {
  /** What stands before all parts. */
  readonly facts: Readonly<Record<string, string | number>>;
  readonly members: readonly Member[];
}

/** Reads a content of one kind; undefined for any other, damaged ones included. */
export type PartsReader = (content: Buffer, path: string) => Parts | undefined;

/** A time as people read it; 0 is no time. */
export function timeFact(seconds: number): string {
  return seconds === 0 ? 'none' : new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
