import { licenseProblem } from '../../domain/lint/licenses.ts';

/** A licence as an SPDX document says it. */
export interface StatedLicense {
  /** An expression, or `NOASSERTION`. */
  readonly expression: string;
  /** Licences that the SPDX list does not have: identifier to the text that a package calls it by. */
  readonly references: ReadonlyMap<string, string>;
}

/** What a package's header says of its licence; a text that is no SPDX expression becomes one reference. */
export function stateLicense(text: string): StatedLicense {
  if (text === '') return { expression: 'NOASSERTION', references: new Map() };
  if (!isExpression(text)) {
    const id = `LicenseRef-${text.replace(/[^A-Za-z0-9]+/g, '-').replace(/^-|-$/g, '')}`;
    return { expression: id, references: new Map([[id, text]]) };
  }
  const ids = text.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [];
  return { expression: text, references: new Map(ids.map((id) => [id, id.slice('LicenseRef-'.length)])) };
}

/** Whether a text is an expression of licences that SPDX knows. */
export function isExpression(text: string): boolean {
  return text !== '' && licenseProblem(text) === undefined;
}
