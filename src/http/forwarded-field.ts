import { DenialError } from '../denial.ts';

/** The element of one proxy in a `Forwarded` field. */
export interface ForwardedElement {
  readonly for?: string;
  readonly by?: string;
  readonly host?: string;
  readonly proto?: string;
}

const NAMES = new Set(['for', 'by', 'host', 'proto']);
/** A pair and the delimiter after it. Sticky, and each part ends where the next begins: linear in the length of the field. */
const PAIR =
  /[ \t]*([!#$%&'*+.^_`|~0-9A-Za-z-]+)=(?:([!#$%&'*+.^_`|~0-9A-Za-z-]+)|"([^"\\]*)")[ \t]*([,;]|$)/y;

/**
 * Parses `Forwarded` strictly: each parameter once in an element, values as tokens or quoted strings.
 *
 * @throws DenialError `malformed_header`
 * @example
 * readForwarded('for=192.0.2.1;proto=https, for="[2001:db8::1]:80"'); // [{ for: '192.0.2.1', proto: 'https' }, { for: '[2001:db8::1]:80' }]
 * @see https://www.rfc-editor.org/rfc/rfc7239#section-4
 */
export function readForwarded(field: string): ForwardedElement[] {
  const elements: Record<string, string>[] = [{}];
  for (let at = 0; ; ) {
    PAIR.lastIndex = at;
    const found = PAIR.exec(field);
    if (found === null) throw malformed('does not have the form of RFC 7239: for=192.0.2.1;proto=https');
    const name = found[1]!.toLowerCase();
    const element = elements.at(-1)!;
    if (NAMES.has(name)) {
      if (element[name] !== undefined) throw malformed(`has the parameter ${name} twice in one element`);
      element[name] = found[2] ?? found[3]!;
    }
    if (found[4] === '') return elements;
    if (found[4] === ',') elements.push({});
    at = PAIR.lastIndex;
  }
}

function malformed(how: string): DenialError {
  return new DenialError('malformed_header', `The Forwarded header ${how}.`);
}
