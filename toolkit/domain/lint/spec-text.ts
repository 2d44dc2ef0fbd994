/** What a spec's text says, as it is written: macros are not expanded. */
export interface SpecText {
  readonly text: string;
  /** Packages that the text begins, the main one first. */
  readonly packages: readonly SpecTextPackage[];
  /** Lines of everything but comments and %changelog. */
  readonly lines: readonly SpecLine[];
}

export interface SpecLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

export interface SpecTextPackage {
  /** Its full name, as far as the text tells: of macros only `%{name}` is expanded. */
  readonly name: string;
  /** Where it begins; the main package at 1. */
  readonly line: number;
  /** Preamble by lower-case tag; the first value counts. */
  readonly tags: ReadonlyMap<string, SpecLine>;
  readonly hasDescription: boolean;
  /** Line of its %description and of its %files, where it has them, and what the latter lists. */
  readonly description: number | undefined;
  readonly filesLine: number | undefined;
  readonly files: readonly SpecLine[];
}

const SECTION =
  /^%(?:package|description|prep|generate_buildrequires|conf|build|install|check|clean|pre|post|preun|postun|pretrans|posttrans|preuntrans|postuntrans|trigger\w*|filetrigger\w*|transfiletrigger\w*|verifyscript|files|changelog|sourcelist|patchlist|sepolicy)\b/;

type Building = { -readonly [Key in keyof SpecTextPackage]: SpecTextPackage[Key] } & {
  tags: Map<string, SpecLine>;
  files: SpecLine[];
};

/** Reads the text of the spec of a source package. Never throws: what rpm refuses is told by its scan. */
export function readSpecText(text: string, source: string): SpecText {
  const packages = new Map<string, Building>();
  const packageAt = (name: string, line: number): Building => {
    const none = { hasDescription: false, description: undefined, filesLine: undefined };
    const known = packages.get(name) ?? { name, line, tags: new Map(), files: [], ...none };
    packages.set(name, known);
    return known;
  };
  const lines: SpecLine[] = [];
  let section = '%package';
  let current = packageAt(source, 1);
  for (const [index, content] of text.split('\n').entries()) {
    const line = { number: index + 1, text: content };
    const head = SECTION.exec(content)?.[0];
    if (head !== undefined) {
      section = head;
      if (head === '%package' || head === '%description' || head === '%files') {
        current = packageAt(sectionPackage(content.slice(head.length), source), line.number);
      }
    }
    if (/^\s*#/.test(content) || section === '%changelog') continue;
    lines.push(line);
    if (head === undefined) readLine(section, current, line);
    else if (head === '%description') current.description = line.number;
    else if (head === '%files') current.filesLine ??= line.number;
  }
  return { text, packages: [...packages.values()], lines };
}

function readLine(section: string, current: Building, line: SpecLine): void {
  if (line.text.trim() === '') return;
  if (section === '%description') current.hasDescription = true;
  if (section === '%files') current.files.push(line);
  const tag = section === '%package' ? /^([A-Za-z]+)\s*:\s*(.*\S)/.exec(line.text) : null;
  const name = tag?.[1]?.toLowerCase();
  if (name !== undefined && !current.tags.has(name)) {
    current.tags.set(name, { number: line.number, text: tag![2]! });
  }
}

/** The package that a section is about: `-n NAME` or `SUFFIX`, among other options. */
function sectionPackage(words: string, source: string): string {
  const own = /(?:^|\s)-n\s+(\S+)/.exec(words)?.[1];
  const suffix = words.replace(/\s-[fpl]\s+\S+/g, '').trim();
  const name = own ?? (suffix === '' ? source : `${source}-${suffix}`);
  return name.replace(/%(?:name\b|\{name\})/g, source);
}
