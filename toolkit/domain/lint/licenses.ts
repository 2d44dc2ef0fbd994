import parse from 'spdx-expression-parse';
import deprecated from 'spdx-license-ids/deprecated.json' with { type: 'json' };
import licenses from 'spdx-license-ids/index.json' with { type: 'json' };
import { nearestName } from '../nearest.ts';

/**
 * What is wrong with a text as an SPDX licence expression, or undefined when it is one. Identifiers that the
 * list has given up are wrong. A licence that the list does not have is `LicenseRef-NAME`.
 */
export function licenseProblem(text: string): string | undefined {
  // The parser says where it stopped, not at which word.
  const unknown = identifiersOf(text).find((word) => !isKnown(word));
  if (unknown !== undefined) return unknownLicense(unknown);
  try {
    parse(text);
    return undefined;
  } catch {
    return 'it is no expression of licences with AND, OR, WITH and parentheses';
  }
}

/** The words of an expression that stand where a licence does. */
function identifiersOf(text: string): string[] {
  const words = text.match(/[()]|[^\s()]+/g) ?? [];
  return words.filter((word, at) => !/^(?:AND|OR|WITH|[()])$/.test(word) && words[at - 1] !== 'WITH');
}

function isKnown(word: string): boolean {
  return (
    licenses.includes(word.replace(/\+$/, '')) ||
    /^(?:DocumentRef-[\w.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/.test(word)
  );
}

function unknownLicense(word: string): string {
  if (deprecated.includes(word)) {
    const newer = licenses.filter((id) => id === `${word}-only` || id === `${word}-or-later`);
    return `the SPDX list has given up '${word}'${newer.length === 0 ? '' : ` for ${newer.join(' and ')}`}`;
  }
  const nearest = nearestName(word, licenses);
  return `'${word}' is not in the SPDX list${nearest === undefined ? '' : `; did you mean '${nearest}'?`}`;
}
