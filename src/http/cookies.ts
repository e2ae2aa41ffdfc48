import type { HeaderBag } from './headers.ts';

/**
 * The values of a cookie, in the order in which they were sent. A browser sends several of one name if they were set for
 * different paths or domains (RFC 6265, section 5.4).
 *
 * @example
 * cookiesNamed(headers, 'team'); // ['a'] for `Cookie: x=1; team=a`
 */
export function cookiesNamed(headers: HeaderBag, name: string): string[] {
  const field = headers.get('cookie');
  if (field === undefined || !field.includes(name)) return [];
  const values: string[] = [];
  // Several field lines arrive joined by commas.
  for (const pair of field.split(/[;,]/)) {
    const text = pair.trim();
    if (text.startsWith(`${name}=`)) values.push(text.slice(name.length + 1));
  }
  return values;
}
