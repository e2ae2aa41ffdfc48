import type { Exchange } from './recording-proxy.ts';

/** An answer of 400 or more that a page gets, why, and so that nobody has to wonder. */
export interface Expected {
  readonly method: string;
  /** Of the path without its query. */
  readonly path: RegExp;
  readonly status: number;
  /** Of the body, where the path alone says too little. */
  readonly asked?: RegExp;
  readonly why: string;
}

/**
 * What MLflow's pages ask for everywhere and do not get, without anybody noticing. Any other answer of 400 or more fails the
 * test in which it came.
 */
export const EVERYWHERE: readonly Expected[] = [
  {
    method: 'GET',
    path: /^\/ajax-api\/2\.0\/mlflow\/users\/current$/,
    status: 404,
    why: "Only MLflow's own auth app has users; the UI takes the 404 for “there are none”.",
  },
  {
    method: 'GET',
    path: /^\/ajax-api\/3\.0\/mlflow\/assistant\/(config|providers)$/,
    status: 403,
    why: 'The assistant runs on the server; GW_ALLOW_SERVER_FEATURES turns it on.',
  },
  {
    method: 'GET',
    path: /^\/ajax-api\/2\.0\/mlflow\/experiments\/get-by-name$/,
    status: 404,
    why: 'The form for a new experiment asks whether its name is free.',
  },
];

/** And what MLflow cannot keep apart by tags. */
export const UNDER_TAGS: readonly Expected[] = [
  {
    method: 'GET',
    path: /^\/ajax-api\/3\.0\/mlflow\/gateway\/endpoints\/(bindings\/)?list$/,
    status: 403,
    why: "The AI gateway is the server's: its endpoints have no tags. The page shows none.",
  },
  {
    method: 'POST',
    path: /^\/ajax-api\/3\.0\/mlflow\/traces\/search$/,
    asked: /"locations":\[\]/,
    status: 400,
    why: 'The page of judges asks whether there is any trace at all, in no experiment. It shows the same without an answer.',
  },
];

/** What has status 400 or more and is not expected, in a form for people. */
export function unexpected(exchanges: readonly Exchange[], expected: readonly Expected[]): string[] {
  return exchanges
    .filter(({ status }) => status >= 400)
    .filter((exchange) => !expected.some((one) => matches(one, exchange)))
    .map(
      ({ method, path, status, asked, body }) =>
        `${method} ${path} ${asked} -> ${status} ${body.toString('utf8').slice(0, 500)}`,
    );
}

/** Whether an exchange is the expected one. */
export function matches(one: Expected, { method, path, status, asked }: Exchange): boolean {
  const sameBody = one.asked === undefined || one.asked.test(asked);
  return one.method === method && one.status === status && one.path.test(path.split('?', 1)[0]!) && sameBody;
}
