/** Longest `Host`: a name has at most 253 characters (RFC 1035), a port six with its colon. Whoever makes a pod writes both sides. */
const MAX_HOST = 259;

/**
 * MLflow's rule for the `Host` of a request (`is_allowed_host_header` of mlflow/server/security_utils.py, MLflow 3.5 to 3.17; the same
 * for uvicorn and gunicorn): an entry with `*` is a pattern of Python's fnmatch, any other must be equal, port and case included.
 */
export function acceptsHost(list: readonly string[], host: string): boolean {
  if (host.length > MAX_HOST) return false;
  if (list.includes('*')) return true;
  return list.some((entry) => (entry.includes('*') ? fnmatch(entry, host) : entry === host));
}

/** The entries of a list as MLflow reads it: commas between, blanks around an entry do not count. */
export const splitHosts = (text: string): readonly string[] => text.split(',').map((entry) => entry.trim());

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]', '0.0.0.0'];

/** The hosts that MLflow takes where nothing is said: its own machine at any port, and private addresses. */
export const DEFAULT_HOSTS: readonly string[] = [
  ...LOOPBACK,
  ...LOOPBACK.map((host) => `${host.replace('[', '[[]')}:*`),
  ...['192.168.*', '10.*', 'fc00:*', 'fd00:*'],
  ...Array.from({ length: 16 }, (_, i) => `172.${16 + i}.*`),
];

/** One place of a pattern: any number of letters, or one letter of some. */
type Part = '*' | ((letter: string) => boolean);

/**
 * Python's fnmatch on POSIX: `*`, `?`, `[seq]`, `[!seq]`; upper and lower case differ. By hand, as whoever makes a pod writes the pattern, and a
 * regular expression with many wildcards takes for ever.
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
    } else if (now?.(text[at]!)) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      // The last wildcard takes one letter more.
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
    const letter = pattern[i]!;
    // A bracket that is the first of its set is part of it.
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
        if (letter >= set[i]! && letter <= set[i + 2]!) return true;
        i += 2;
      } else if (letter === set[i]) return true;
    }
    return false;
  };
  return (letter) => found(letter) !== not;
}

/** What GW_UPSTREAM_HOST takes, as far as entries of such lists go: a name or an address, with or without a port. */
const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)(?::([1-9]\d{0,4}))?$/;

const isHost = (text: string): boolean => {
  const match = HOST.exec(text);
  return match !== null && Number(match[1] ?? 1) <= 65535;
};

/** Stands where a pattern has its wildcard. */
const FILLING = 'mlflow-gateway';

/**
 * The host to send to an MLflow with that list: the first of the preferred that it accepts, else its first plain entry, else its
 * first pattern with the wildcards filled in; `undefined` where it has none that can be sent.
 *
 * @example
 * chooseHost(['localhost'], ['mlflow.example.com', 'localhost']); // 'localhost'
 */
export function chooseHost(preferred: readonly string[], list: readonly string[]): string | undefined {
  return (
    preferred.find((host) => acceptsHost(list, host)) ??
    list.find((entry) => !/[*?]/.test(entry) && isHost(entry)) ??
    list
      .filter((entry) => entry.includes('*'))
      .map((pattern) => ({ pattern, host: fill(pattern) }))
      .find(({ pattern, host }) => isHost(host) && fnmatch(pattern, host))?.host
  );
}

const fill = (pattern: string): string =>
  pattern
    .replace(/:\*+$/, ':5000')
    // Of the defaults: a bracket that is meant as one.
    .replaceAll('[[]', '[')
    .replaceAll(/\*+/g, FILLING)
    .replaceAll('?', 'a');
