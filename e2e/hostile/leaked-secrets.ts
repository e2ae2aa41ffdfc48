/**
 * Finds secrets in an answer that neither its request nor another one of the attackers said. What they sent once may have
 * been kept, and stand in any later answer to them.
 *
 * @param secrets what only the other team knows
 * @param known what the attackers are given to send: ids and names of the other team
 * @returns of an answer and the request's bytes, the secrets that were given away
 */
export function spies(
  secrets: readonly string[],
  known: readonly string[],
): (text: string, request: readonly Buffer[]) => readonly string[] {
  const longestFirst = known.filter(({ length }) => length > 5).sort((a, b) => b.length - a.length);
  const any = new RegExp(
    secrets.map((secret) => secret.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|'),
    'g',
  );
  return (text, request) => {
    if (text.match(any) === null) return [];
    const found = longestFirst.reduce((rest, value) => rest.replaceAll(value, ''), text).match(any);
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
