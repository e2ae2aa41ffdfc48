import type { WireDifference } from '../wire/same-calls.ts';

/** Why the response to some calls differs from that of MLflow alone. */
export interface Reason {
  /** The text in the table instead of the two responses. */
  readonly name: string;
  /** A sentence for the page. */
  readonly because: string;
  /** @param found all differences of one call */
  readonly explains: (found: readonly WireDifference[]) => boolean;
}

/** The fields that MLflow 3.17 and the gateway add to an error, besides the message. */
const OF_AN_ERROR: ReadonlySet<string> = new Set([
  'answer.message',
  'answer.sqlstate',
  'answer.error_class',
  'answer.request_id',
  'answer.reason',
]);

/** The intended differences, in the order in which they are tried. */
export const REASONS: readonly Reason[] = [
  {
    name: 'filter',
    because:
      'an invalid filter: the gateway’s message has the place of the error, and MLflow’s status and error_code',
    explains: (found) =>
      isWords(found) && found.some(({ gateway }) => String(gateway).startsWith('Invalid value for filter:')),
  },
  {
    name: 'fields of errors',
    because:
      'status, error_code and message are MLflow’s; the gateway adds `request_id` and `reason`, MLflow 3.17 `sqlstate` and `error_class`',
    explains: (found) =>
      found.every(({ path }) => OF_AN_ERROR.has(path)) &&
      !found.some(({ path }) => path === 'answer.message'),
  },
  {
    name: 'words',
    because:
      'the gateway looks up the resources of a request first, and refuses a missing one with its own message and MLflow’s status and error_code',
    explains: isWords,
  },
  {
    name: 'source',
    because:
      'a source of a model version outside the tenant’s storage: 403 with a reason code, where MLflow responds 400',
    explains: (found) => was400(found) && hasReason(found, 'storage_uri_refused'),
  },
  {
    name: 'no media type',
    because:
      'a body without `Content-Type`: MLflow rejects it with 400, since it reads no body then; the gateway refuses it with 415',
    explains: (found) => was400(found) && hasReason(found, 'unsupported_media_type'),
  },
  {
    name: 'digest',
    because: 'MLflow makes the digest of an evaluation dataset from its name and the time',
    explains: (found) => found.every(({ path }) => /^answer\.dataset(s\[\d+\])?\.digest$/.test(path)),
  },
  {
    name: 'closing slash',
    because:
      'the path of an artifact ends in a slash and names no file, since an older client does not encode the `#` of a name: MLflow looks for the file and responds 404, the gateway refuses the request',
    explains: (found) => /\/artifacts\/.*\/$/.test(found[0]!.call) && hasReason(found, 'unknown_operation'),
  },
  {
    name: 'gone',
    because:
      'an operation that only older servers have: both respond 404, MLflow with HTML and the gateway with JSON',
    explains: (found) =>
      found.every(({ path }) => path === 'answer') &&
      found.some(({ straight }) => String(straight).includes('<title>404 Not Found</title>')) &&
      found.some(({ gateway }) => JSON.stringify(gateway).includes('"reason":"unknown_operation"')),
  },
  {
    name: 'Default',
    because:
      'the experiment "Default" is shared under `tags`: every tenant may use it, and it is in no tenant’s list',
    explains: (found) =>
      found.every(
        ({ path, straight, gateway }) =>
          path === 'answer.experiments' && namesOf(straight, '0') === namesOf(gateway),
      ),
  },
  {
    name: 'Default left out',
    because:
      'a call that the client makes for each experiment in its list; under `tags`, no list has the experiment "Default"',
    explains: (found) =>
      found.length === 1 &&
      found[0]!.path === '' &&
      found[0]!.gateway === undefined &&
      ABOUT_DEFAULT.test(JSON.stringify(found[0]!.straight)),
  },
];

/** In the request: its id, also as a name, or its name. */
const ABOUT_DEFAULT =
  /"experiment_id":"0"|"experiment_ids":\["0"\]|"experiment_name":"(?:0|Default)"|"body":\{"name":"Default"\}/;

/** Whether MLflow's status was 400, and the gateway's another. */
function was400(found: readonly WireDifference[]): boolean {
  return found.some(({ path, straight }) => path === 'status' && straight === 400);
}

/** Whether the gateway refused the call with this reason code. */
function hasReason(found: readonly WireDifference[], reason: string): boolean {
  return found.some(({ path, gateway }) => path === 'answer.reason' && gateway === reason);
}

function namesOf(experiments: unknown, without?: string): string {
  const all = Array.isArray(experiments) ? experiments : [];
  return JSON.stringify(all.filter((one) => one.experiment_id !== without).map(({ name }) => name));
}

/** Whether both responses have the same status and error_code, and another message. */
function isWords(found: readonly WireDifference[]): boolean {
  return (
    found.every(({ path }) => OF_AN_ERROR.has(path)) && found.some(({ path }) => path === 'answer.message')
  );
}

/** The reason of a call's differences; `undefined` for an unexplained one. */
export function reasonOf(found: readonly WireDifference[]): Reason | undefined {
  return REASONS.find(({ explains }) => explains(found));
}
