/** One entry of a certificate's subject alternative names, as Node writes them: unusual values are JSON strings. */
const ENTRY = /(?<type>[A-Za-z][A-Za-z ]*):(?<value>"(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/**
 * The DNS names and URIs of a certificate, in the form of `GW_TLS_CLIENT_NAMES`: DNS names in lower case.
 *
 * @param subjectAltName as in Node's `X509Certificate`
 * @returns empty if the text is not understood to its end: no name is better than a wrong one
 * @see https://nodejs.org/api/crypto.html#x509subjectaltname
 * @example
 * certificateNames('DNS:proxy.example.com, URI:spiffe://cluster/ns/sso'); // ['proxy.example.com', 'spiffe://cluster/ns/sso']
 */
export function certificateNames(subjectAltName: string | undefined): readonly string[] {
  const text = subjectAltName ?? '';
  const names: string[] = [];
  ENTRY.lastIndex = 0;
  for (let at = 0; at < text.length; at = ENTRY.lastIndex) {
    const found = ENTRY.exec(text)?.groups;
    if (found === undefined) return [];
    const { type, value = '' } = found;
    // A name that Node has to quote has characters that no configured name has.
    if (value.startsWith('"')) continue;
    if (type === 'DNS') names.push(value.toLowerCase());
    else if (type === 'URI') names.push(value);
  }
  return names;
}
