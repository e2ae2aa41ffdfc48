/**
 * Finds secrets in an answer that its request did not say itself.
 *
 * @param secrets what only the other team knows
 * @returns of an answer and the request's bytes, the secrets that were given away
 */
export function spies(
  secrets: readonly string[],
): (text: string, request: readonly Buffer[]) => readonly string[] {
  const any = new RegExp(
    secrets.map((secret) => secret.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'),
    'g',
  );
  return (text, request) => {
    const found = text.match(any);
    if (found === null) return [];
    const sent = said(Buffer.concat(request).toString('utf8'));
    return [...new Set(found)].filter((secret) => !sent.includes(secret));
  };
}

/** The text of a request, as it is and with what is percent-encoded in it. */
function said(text: string): string {
  return (
    text +
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  );
}
