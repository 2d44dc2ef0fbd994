/** Credentials before the host of a URL, of any scheme. A password may hold `@`, and ends before a slash. */
const USER_INFO = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)[^/\s?#]*@/gi;
/** Values of query fields whose names say that they are secret. */
const SECRET_FIELD =
  /([?&#][^=&#\s]{0,64}(?:token|secret|signature|password|passwd|key|auth|sig|credential)[^=&#\s]{0,64}=)[^&#\s"'<>]*/gi;

/**
 * A URL, or a text with URLs in it, for people and logs: user names, passwords and query values that look
 * like secrets become `***`; nothing else changes.
 */
export function redactSecrets(text: string): string {
  return text.replace(USER_INFO, '$1***@').replace(SECRET_FIELD, '$1***');
}
