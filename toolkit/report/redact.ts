import { redactSecrets } from '../domain/redact.ts';

/**
 * Makes text from outside safe to show: control characters (a log could move the cursor or retitle the
 * window) become spaces, secrets in URLs become `***`. Newlines and tabs stay.
 */
export function redact(text: string): string {
  return redactSecrets(
    text.replace(/\u001b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ' '),
  );
}
