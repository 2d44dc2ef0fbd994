import { Glob, isGlob } from './graph-glob.ts';

/** A comment in which a spec owns up to something: `# KEYWORD: WORDS - reason`. */
export interface ExceptionComment {
  /** Line in the spec, from 1. */
  readonly line: number;
  /** The whole line, without blanks around it. */
  readonly text: string;
  readonly words: readonly string[];
  /** Empty where none is given. */
  readonly reason: string;
}

const COMMENT = /^#\s*(?<keyword>[a-z]+):(?<rest>.*)$/;
const PARTS = /^(?<words>.*?)(?:\s+-(?:\s+(?<reason>.*))?)?$/;

/** The comments of a spec that begin with `# KEYWORD:`, each on a line of its own. Never throws. */
export function exceptionComments(text: string, keyword: string): ExceptionComment[] {
  return text.split('\n').flatMap((content, index) => {
    const comment = COMMENT.exec(content)?.groups;
    if (comment === undefined || comment.keyword !== keyword) return [];
    const { words = '', reason = '' } = PARTS.exec(comment.rest!.trim())?.groups ?? {};
    return [
      {
        line: index + 1,
        text: content.trim(),
        words: words.split(/\s+/).filter((word) => word !== ''),
        reason: reason.trim(),
      },
    ];
  });
}

/**
 * Whether a place is the one that an exception names: the same text, like its pattern (as in %files: `*` stops
 * at a slash), or below a folder that is.
 */
export function placeMatcher(subject: string): (place: string) => boolean {
  const glob = isGlob(subject) ? new Glob(subject) : undefined;
  const isMeant = (place: string) => (glob === undefined ? place === subject : glob.matches(place));
  return (place) => {
    if (isMeant(place)) return true;
    if (!subject.startsWith('/')) return false;
    for (let at = place.lastIndexOf('/'); at > 0; at = place.lastIndexOf('/', at - 1)) {
      if (isMeant(place.slice(0, at))) return true;
    }
    return false;
  };
}
