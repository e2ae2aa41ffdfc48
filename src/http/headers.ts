import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { foldHeaderName } from './header-name.ts';
import { WORKSPACE_HEADER } from './workspace-header.ts';

/**
 * The header fields that decisions rest on. A repeated one, or another spelling of one, is refused: Node silently keeps the first of
 * two `Authorization` fields, WSGI servers read `_` as `-` (CVE-2025-64484), and other proxies join duplicates.
 */
const DECISIVE = new Set([
  'authorization',
  'x-tenant',
  'x-subject',
  WORKSPACE_HEADER,
  'content-type',
  'content-length',
  'content-encoding',
  'transfer-encoding',
  'host',
  'origin',
  'x-request-id',
]);

/** The caller's header fields that are passed on, besides those that the operation declares. */
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

/** The maximum number of field lines of a request. */
export const MAX_HEADERS = LIMITS.headerLines.value;

/** The header fields of a request. */
export interface HeaderBag {
  /** @param name in lower case */
  get(name: string): string | undefined;
  /** The fields that may be passed on, in their order of arrival. */
  passed(): Record<string, string>;
}

/**
 * Reads `IncomingMessage.rawHeaders`, as Node's merged view hides duplicates.
 *
 * @throws DenialError `duplicate_header`, `malformed_header`
 */
export function readHeaders(raw: readonly string[]): HeaderBag {
  // Node before 26 does not refuse a request with more, but drops some of them.
  if (raw.length > 2 * MAX_HEADERS)
    throw new DenialError('malformed_header', `The request has more than ${MAX_HEADERS} headers.`);
  const values = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (DECISIVE.has(name)) {
      if (values.has(name)) throw new DenialError('duplicate_header', `The header ${name} is given twice.`);
    } else {
      const folded = foldHeaderName(name);
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
