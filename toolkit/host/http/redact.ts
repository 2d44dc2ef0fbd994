const SECRET_PARAMETER = /^(.*(token|secret|signature|password|passwd|key|auth|sig|credential).*)$/i;

/**
 * A URL for people and logs: user names, passwords and query values that look like secrets are replaced by
 * `***`. What is no URL is returned as it is.
 */
export function redactUrl(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '' && url.search === '') return text;
  if (url.username !== '') url.username = '***';
  if (url.password !== '') url.password = '***';
  for (const name of new Set(url.searchParams.keys())) {
    if (SECRET_PARAMETER.test(name)) url.searchParams.set(name, '***');
  }
  return url.href;
}

/** A text in which every URL is redacted. */
export function redactText(text: string): string {
  return text.replace(/\bhttps?:\/\/[^\s"'<>]+/g, redactUrl);
}
