import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';

/**
 * Headers on which a decision rests. Two of one, or another spelling of one, is refused: Node keeps the first of two
 * `Authorization` headers silently, WSGI servers fold `_` to `-` (CVE-2025-64484), other proxies join duplicates.
 */
const DECISIVE = new Set([
  'authorization',
  'x-tenant',
  'x-subject',
  'x-mlflow-workspace',
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'host',
  'origin',
  'x-request-id',
]);

/** Of the caller's headers only these, and those an operation declares, are sent on. */
const PASSED = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
  'user-agent',
  'x-mlflow-client-version',
]);

/** Most header lines of a request. */
export const MAX_HEADERS = LIMITS.headerLines.value;

/** What the gateway keeps of a request's headers. */
export interface HeaderBag {
  /** Lower-case name to value, for the decisive headers and those passed on. */
  get(name: string): string | undefined;
  /** Those that may be passed on, in the order they came. */
  passed(): Record<string, string>;
}

/**
 * Reads raw headers (`IncomingMessage.rawHeaders`), since Node's own merged view hides duplicates.
 *
 * @throws DenialError `duplicate_header`, `malformed_header`
 */
export function readHeaders(raw: readonly string[]): HeaderBag {
  // Node before 26 does not refuse a request with more, but leaves some of them out of what it shows.
  if (raw.length > 2 * MAX_HEADERS)
    throw new DenialError('malformed_header', `The request has more than ${MAX_HEADERS} headers.`);
  const values = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (DECISIVE.has(name)) {
      if (values.has(name)) throw new DenialError('duplicate_header', `The header ${name} is given twice.`);
    } else {
      const folded = name.includes('_') || name.includes('.') ? name.replace(/[_.]/g, '-') : name;
      if (folded !== name && DECISIVE.has(folded)) {
        throw new DenialError('malformed_header', `The header ${name} must be spelt ${folded}.`);
      }
      const known = values.get(name);
      if (known !== undefined) {
        values.set(name, `${known}, ${value}`);
        continue;
      }
    }
    values.set(name, value);
  }
  return {
    get: (name) => values.get(name),
    passed: () => {
      const out: Record<string, string> = {};
      for (const [name, value] of values) if (PASSED.has(name)) out[name] = value;
      return out;
    },
  };
}
