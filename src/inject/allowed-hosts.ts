import { isIPv4, isIPv6 } from 'node:net';
import { isHostHeader } from '../config/network-types.ts';

/** Maximum length of a `Host`: 253 characters for a name (RFC 1035), six for a port with its colon. The creator of a pod controls both sides. */
const MAX_HOST = 259;

/**
 * MLflow's rule for the `Host` of a request (`is_allowed_host_header` of mlflow/server/security_utils.py, MLflow 3.5 to 3.18; the same
 * for uvicorn and gunicorn): an entry with `*` is a pattern of Python's fnmatch, any other must be equal, port and case included.
 *
 * From 3.18 on, a pattern of IPv4 addresses (`10.*`) accepts addresses only, and not a name such as `10.example.com`; so do the two IPv6
 * patterns among the defaults. The version of an image is not always known, so this holds for every version here: a host that passes
 * is accepted by all of them.
 */
export function acceptsHost(list: readonly string[], host: string): boolean {
  if (host.length > MAX_HOST) return false;
  if (list.includes('*')) return true;
  return list.some((entry) => (entry.includes('*') ? matches(entry, host) : entry === host));
}

/** `_IPV4_PREFIX_GLOB` of MLflow 3.18. */
const IPV4_PATTERN = /^(?:\d+\.)+\*(?:\.(?:\d+|\*))*(?::[\d*]+)?$/;
/** `_PRIVATE_IPV6_PATTERNS` of MLflow 3.18. */
const IPV6_PATTERNS = ['fc00:*', 'fd00:*'];

function matches(pattern: string, host: string): boolean {
  if (!fnmatch(pattern, host)) return false;
  if (IPV4_PATTERN.test(pattern)) return isIPv4(host.replace(/:.*$/s, ''));
  return !IPV6_PATTERNS.includes(pattern) || (isIPv6(host) && !host.includes('%'));
}

/** Splits a list like MLflow: at commas, without blanks around entries. */
export const splitHosts = (text: string): readonly string[] => text.split(',').map((entry) => entry.trim());

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'];

/** The hosts that MLflow accepts by default: its own machine at any port, and private addresses. */
export const DEFAULT_HOSTS: readonly string[] = [
  ...LOOPBACK,
  ...LOOPBACK.map((host) => `${host.replace('[', '[[]')}:*`),
  ...['192.168.*', '10.*', ...IPV6_PATTERNS],
  ...Array.from({ length: 16 }, (_, i) => `172.${16 + i}.*`),
];

/** One element of a pattern: any number of characters, or a test of one character. */
type Part = '*' | ((letter: string) => boolean);

/**
 * Python's fnmatch on POSIX: `*`, `?`, `[seq]`, `[!seq]`, case-sensitive. Hand-written, because the creator of a pod controls the
 * pattern, and a regular expression with many wildcards could take exponential time.
 */
function fnmatch(pattern: string, text: string): boolean {
  const parts = partsOf(pattern);
  let at = 0;
  let part = 0;
  let star = -1;
  let from = 0;
  while (at < text.length) {
    const now = parts[part];
    if (now === '*') {
      star = part;
      from = at;
      part += 1;
    } else if (now?.(text.charAt(at))) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      // The last wildcard consumes one more character.
      part = star + 1;
      from += 1;
      at = from;
    } else return false;
  }
  return parts.slice(part).every((left) => left === '*');
}

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let i = 0; i < pattern.length; i += 1) {
    const letter = pattern.charAt(i);
    // A closing bracket at the start of a set is a member of the set.
    const from = i + (pattern[i + 1] === '!' ? 2 : 1);
    const end = letter === '[' ? pattern.indexOf(']', from + 1) : -1;
    if (letter === '*') parts.push('*');
    else if (letter === '?') parts.push(() => true);
    else if (end === -1) parts.push((one) => one === letter);
    else {
      parts.push(oneOf(pattern.slice(from, end), from === i + 2));
      i = end;
    }
  }
  return parts;
}

function oneOf(set: string, not: boolean): (letter: string) => boolean {
  const found = (letter: string): boolean => {
    for (let i = 0; i < set.length; i += 1) {
      if (set[i + 1] === '-' && i + 2 < set.length) {
        if (letter >= set.charAt(i) && letter <= set.charAt(i + 2)) return true;
        i += 2;
      } else if (letter === set[i]) return true;
    }
    return false;
  };
  return (letter) => found(letter) !== not;
}

/** Replaces the wildcard of a pattern. */
const FILLING = 'mlflow-gateway';

/**
 * Chooses a host that an MLflow with this list accepts: the first accepted of the preferred ones, else the first plain entry, else
 * the first pattern with its wildcards replaced; `undefined` if no entry is a valid host.
 *
 * @example
 * chooseHost(['localhost'], ['mlflow.example.com', 'localhost']); // 'localhost'
 */
export function chooseHost(preferred: readonly string[], list: readonly string[]): string | undefined {
  return (
    preferred.find((host) => acceptsHost(list, host)) ??
    list.find((entry) => !/[*?]/.test(entry) && isHostHeader(entry)) ??
    list
      .filter((entry) => entry.includes('*'))
      .map((pattern) => ({ pattern, host: fill(pattern) }))
      .find(({ pattern, host }) => isHostHeader(host) && matches(pattern, host))?.host
  );
}

const fill = (pattern: string): string =>
  (IPV4_PATTERN.test(pattern) ? withOctets(pattern) : pattern)
    .replace(/:\*+$/, ':5000')
    // In MLflow's defaults: an escaped bracket.
    .replaceAll('[[]', '[')
    .replaceAll(/\*+/g, FILLING)
    .replaceAll('?', 'a');

/** `10.*` as `10.1.1.1`: the first wildcard stands for as many numbers as the address lacks. */
function withOctets(pattern: string): string {
  const [address = '', ...port] = pattern.split(':');
  const parts = address.split('.');
  const missing = Math.max(5 - parts.length, 1);
  const filled = address.replace('*', Array(missing).fill('1').join('.')).replaceAll('*', '1');
  return [filled, ...port].join(':');
}
