/**
 * Finds secrets in a response that no request of the attackers contained. Values that they sent earlier may have
 * been stored, and occur in later responses to them.
 *
 * @param secrets what only the other team knows
 * @param known values that the attackers send: ids and names of the other team
 * @returns a function from a response and its request's bytes to the leaked secrets
 */
export function leakedSecrets(
  secrets: readonly string[],
  known: readonly string[],
): (text: string, request: readonly Buffer[]) => readonly string[] {
  const longestFirst = known.filter(({ length }) => length > 5).sort((a, b) => b.length - a.length);
  const any = new RegExp(secrets.map(RegExp.escape).join('|'), 'g');
  return (text, request) => {
    if (text.match(any) === null) return [];
    const found = longestFirst.reduce((rest, value) => rest.replaceAll(value, ''), text).match(any);
    if (found === null) return [];
    const sent = said(Buffer.concat(request).toString('utf8'));
    return [...new Set(found)].filter((secret) => !sent.includes(secret));
  };
}

/** The text of a request, raw and percent-decoded. */
function said(text: string): string {
  return (
    text +
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  );
}
