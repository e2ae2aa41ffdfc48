import type { Exchange } from './recording-proxy.ts';

/** A response with status 400 or more that a page gets on purpose, with the reason. */
export interface ExpectedError {
  readonly method: string;
  /** Matches the path without its query. */
  readonly path: RegExp;
  readonly status: number;
  /** Matches the request body, where method and path alone do not identify the request. */
  readonly requestBody?: RegExp;
  readonly why: string;
}

/** Requests of MLflow's pages that fail on every page without any effect. Any other response of 400 or more fails the test. */
export const ON_EVERY_PAGE: readonly ExpectedError[] = [
  {
    method: 'GET',
    path: /^\/ajax-api\/2\.0\/mlflow\/users\/current$/,
    status: 404,
    why: "Only MLflow's own auth app has users; the UI reads the 404 as “no users”.",
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
  {
    method: 'GET',
    path: /^\/ajax-api\/3\.0\/mlflow\/skills\/[^/]+(\/versions)?$/,
    status: 404,
    why: 'The form for a new skill asks whether its name is free; the page of a deleted skill asks for it once more.',
  },
  {
    method: 'GET',
    path: /^\/model-versions\/get-artifact$|^\/ajax-api\/2\.0\/mlflow\/logged-models\/[^/]+\/artifacts\/files$/,
    status: 501,
    why: 'MLflow 3.18 asks for a signed URL first, which only S3 has, and then for the file itself.',
  },
];

/** Requests that the gateway refuses under the strategy `tags` only, since tags cannot separate the tenants' data. */
export const UNDER_TAGS: readonly ExpectedError[] = [
  {
    method: 'GET',
    path: /^\/ajax-api\/3\.0\/mlflow\/gateway\/endpoints\/(bindings\/)?list$/,
    status: 403,
    why: 'The AI gateway is server-owned: its endpoints have no tags. The page shows none.',
  },
  {
    method: 'POST',
    path: /^\/ajax-api\/3\.0\/mlflow\/traces\/search$/,
    requestBody: /"locations":\[\]/,
    status: 400,
    why: 'The page of judges asks whether any trace exists, in no experiment. It looks the same without a response.',
  },
];

/** The responses with status 400 or more that are not expected, as text. */
export function unexpectedErrors(
  exchanges: readonly Exchange[],
  expected: readonly ExpectedError[],
): string[] {
  return exchanges
    .filter(({ status }) => status >= 400)
    .filter((exchange) => !expected.some((error) => matches(error, exchange)))
    .map(
      ({ method, path, status, requestBody, body }) =>
        `${method} ${path} ${requestBody} -> ${status} ${body.slice(0, 500)}`,
    );
}

/** Whether an exchange ended with the expected error. */
export function matches(error: ExpectedError, exchange: Exchange): boolean {
  const { method, path, status, requestBody } = exchange;
  return (
    error.method === method &&
    error.status === status &&
    error.path.test(path.split('?', 1)[0]!) &&
    (error.requestBody === undefined || error.requestBody.test(requestBody))
  );
}
