const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
/** Characters that XML 1.0 cannot hold in any form. */
const FORBIDDEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Text as XML text or attribute; what XML cannot hold becomes `?`. */
export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '?').replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');
}

/** Attributes with a blank before each; those without a value are left out. */
export function attributes(values: Readonly<Record<string, string | number | undefined>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join('');
}

/** An element with text, on a line of its own. */
export function element(
  name: string,
  text: string,
  values: Readonly<Record<string, string | number>> = {},
): string {
  return `<${name}${attributes(values)}>${escapeXml(text)}</${name}>\n`;
}
