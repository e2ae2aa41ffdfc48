import { isLoopback } from '../http/loopback.ts';

/** Whether OpenID Connect discovery can find the keys of an issuer: an http(s) URL without query or fragment. */
export function isDiscoverable(issuer: string): boolean {
  return /^https?:\/\/[^/?#\s]+[^?#\s]*$/i.test(issuer);
}

/** Whether a URL is fetched over plain http from another machine. */
export function isPlainRemote(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'http:' && !isLoopback(url.hostname.replace(/^\[|\]$/g, ''));
}

/** The warning for such a URL. @param name the variable, or the path in the identity file */
export function plainHttpWarning(name: string): string {
  return `${name} is fetched over plain http: anyone who can alter that traffic can forge tokens. Use https.`;
}
