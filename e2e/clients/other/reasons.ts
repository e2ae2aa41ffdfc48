import type { WireDifference } from '../wire/same-calls.ts';

/** Why some calls are not answered as MLflow alone answers them. */
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

/** The differences that are meant, in the order in which they are tried. */
export const REASONS: readonly Reason[] = [
  {
    name: 'filter',
    because:
      'a filter that cannot be read: the gateway says where its grammar stops, with MLflow’s status and error_code',
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
      'what a request names is looked up before it is sent, and a missing one is refused in the gateway’s words; status and error_code are MLflow’s',
    explains: isWords,
  },
  {
    name: 'source',
    because:
      'a source of a model version that is not in the tenant’s own storage: 403 with a reason where MLflow says 400',
    explains: (found) => was400(found) && hasReason(found, 'storage_uri_refused'),
  },
  {
    name: 'no media type',
    because:
      'a body without `Content-Type`: both refuse it, MLflow with 400 (it reads no body then), the gateway with 415',
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
      'the path of an artifact ends in a slash (an older client sends `#` of a name as it is, which cuts the path off), and so names no file: both refuse it, MLflow after looking for it',
    explains: (found) => /\/artifacts\/.*\/$/.test(found[0]!.call) && hasReason(found, 'unknown_operation'),
  },
  {
    name: 'gone',
    because:
      'an operation that only older servers have: 404 by both, as a page of HTML by MLflow and as its JSON by the gateway',
    explains: (found) =>
      found.every(({ path }) => path === 'answer') &&
      found.some(({ straight }) => String(straight).includes('<title>404 Not Found</title>')) &&
      found.some(({ gateway }) => JSON.stringify(gateway).includes('"reason":"unknown_operation"')),
  },
  {
    name: 'Default',
    because:
      'the experiment "Default" is shared under `tags`: every tenant may use it, and none has it in its list',
    explains: (found) =>
      found.every(
        ({ path, straight, gateway }) =>
          path === 'answer.experiments' && namesOf(straight, '0') === namesOf(gateway),
      ),
  },
  {
    name: 'Default left out',
    because:
      'a call about the experiment "Default" that the client makes for each experiment in its list; under `tags` that one is in none',
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

/** Whether the gateway refused, with this reason code. */
function hasReason(found: readonly WireDifference[], reason: string): boolean {
  return found.some(({ path, gateway }) => path === 'answer.reason' && gateway === reason);
}

function namesOf(experiments: unknown, without?: string): string {
  const all = Array.isArray(experiments) ? experiments : [];
  return JSON.stringify(all.filter((one) => one.experiment_id !== without).map(({ name }) => name));
}

/** Whether both refused with one status and error_code, in other words. */
function isWords(found: readonly WireDifference[]): boolean {
  return (
    found.every(({ path }) => OF_AN_ERROR.has(path)) && found.some(({ path }) => path === 'answer.message')
  );
}

/** The reason of a call's differences, if there is one. */
export function reasonOf(found: readonly WireDifference[]): Reason | undefined {
  return REASONS.find(({ explains }) => explains(found));
}
