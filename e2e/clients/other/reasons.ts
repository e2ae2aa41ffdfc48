import type { WireDifference } from '../wire/same-calls.ts';

/** Why some calls are not answered as MLflow alone answers them. */
export interface Reason {
  /** What the table writes instead of the two answers. */
  readonly name: string;
  /** A sentence for the page. */
  readonly because: string;
  /** @param found all differences of one call */
  readonly explains: (found: readonly WireDifference[]) => boolean;
}

/** Beside the message, what MLflow 3.17 and the gateway each add to an error. */
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
    name: 'words',
    because:
      'what a request names is looked up before it is sent, and a missing one is refused in the gateway’s words; status and error_code are MLflow’s',
    explains: isWords,
  },
  {
    name: 'closing slash',
    because:
      'the path of an artifact ends in a slash (an older client sends `#` of a name as it is, which cuts the path off), and so names no file: both refuse it, MLflow after looking for it',
    explains: (found) =>
      /\/artifacts\/.*\/$/.test(found[0]!.call) &&
      found.some(({ path, gateway }) => path === 'answer.reason' && gateway === 'unknown_operation'),
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
];

function namesOf(experiments: unknown, without?: string): string {
  const all = Array.isArray(experiments) ? experiments : [];
  return JSON.stringify(all.filter((one) => one.experiment_id !== without).map(({ name }) => name));
}

/** Whether both refused with one status and error_code, in other words. */
export function isWords(found: readonly WireDifference[]): boolean {
  return (
    found.every(({ path }) => OF_AN_ERROR.has(path)) && found.some(({ path }) => path === 'answer.message')
  );
}

/** The reason of a call's differences, if there is one. */
export function reasonOf(found: readonly WireDifference[]): Reason | undefined {
  return REASONS.find(({ explains }) => explains(found));
}
