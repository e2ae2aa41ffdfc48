import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';

/** A request target, split and not decoded. */
export interface Target {
  /** Starts with `/`; no empty, `.` or `..` segment. */
  readonly path: string;
  /** Without the `?`; empty if there is none. */
  readonly query: string;
}

/** The longest accepted request target, in characters. MLflow's clients stay far below it. */
export const MAX_TARGET_LENGTH = LIMITS.targetLength.value;
const MAX_SEGMENTS = LIMITS.pathSegments.value;

// RFC 3986 section 3.3/3.4 characters; everything else (controls, spaces, `#`, `\`, `"`, `<`, `>`, `^`, `{`, `|`,
// raw UTF-8) has two readings in some server and is refused. More is accepted in the query: browsers and Python's requests send some
// of these unencoded, and the query is decoded and written again.
const PATH = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are refused
const BAD_QUERY = /[\u0000-\u0020\u007f#]|[^\u0000-\u00ff]/;

/**
 * Splits a request target (RFC 9112 section 3.2) without decoding anything.
 *
 * Only origin-form is accepted, as absolute-form and authority-form name another server. Dot segments, empty segments and fragments are
 * refused rather than normalised: paths bypass a proxy when two servers normalise differently (CVE-2019-9901, CVE-2021-32779, GHSA-9f29-v6mm-pw6w, GHSA-p224-6x5r-fjpm).
 *
 * @throws DenialError `malformed_path` or `malformed_query`
 * @example
 * parseTarget('/api/2.0/mlflow/runs/get?run_id=1'); // { path: '/api/2.0/mlflow/runs/get', query: 'run_id=1' }
 */
export function parseTarget(raw: string): Target {
  if (raw.length > MAX_TARGET_LENGTH) {
    throw new DenialError(
      'malformed_path',
      `The request target is longer than ${MAX_TARGET_LENGTH} characters.`,
    );
  }
  if (!raw.startsWith('/')) {
    throw new DenialError('malformed_path', 'The request target must start with "/".');
  }
  const mark = raw.indexOf('?');
  const path = mark === -1 ? raw : raw.slice(0, mark);
  const query = mark === -1 ? '' : raw.slice(mark + 1);
  if (!PATH.test(path)) {
    throw new DenialError(
      'malformed_path',
      'The path holds a character that must be percent-encoded, or a broken "%" sequence.',
    );
  }
  if (hasTooManySegments(path))
    throw new DenialError('malformed_path', `The path has more than ${MAX_SEGMENTS} segments.`);
  if (path.includes('//')) throw new DenialError('malformed_path', 'The path holds an empty segment ("//").');
  if (hasDotSegment(path)) throw new DenialError('malformed_path', 'The path holds a "." or ".." segment.');
  if (BAD_QUERY.test(query)) {
    throw new DenialError('malformed_query', 'The query holds a character that must be percent-encoded.');
  }
  return { path, query };
}

function hasTooManySegments(path: string): boolean {
  // Each takes two characters at the least, so that most paths need no counting.
  if (path.length < 2 * MAX_SEGMENTS) return false;
  let count = 0;
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) count++;
  return count > MAX_SEGMENTS;
}

function hasDotSegment(path: string): boolean {
  if (!path.includes('/.') && !path.includes('%')) return false;
  return path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}
