import { DenialError } from '../denial.ts';
import { rawResponseHeaders } from './header-rules.ts';
import type { LocationReader } from './location.ts';
import type { OutgoingRequest, ResponseEdit, UpstreamResponse } from './types.ts';

/** Rewrites a whole JSON response. */
export type Transform = (response: UpstreamResponse) => Promise<Buffer> | Buffer;

/** Fields that would make MLflow answer with anything but the whole document without a content coding. */
const PARTIAL = new Set([
  'accept-encoding',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

/** Fields of MLflow's response that describe MLflow's body, not the caller's. */
export const OF_THE_BODY: ReadonlySet<string> = new Set([
  'accept-ranges',
  'content-digest',
  'content-encoding',
  'content-length',
  'content-md5',
  'digest',
  'etag',
  'last-modified',
  'repr-digest',
]);

/** The field that is rewritten for an unchanged body. */
const OF_THE_WHOLE = new Set(['content-length']);

/** The request for a response that is rewritten: it requests the whole document without a content coding. */
export function forWholeResponse(outgoing: OutgoingRequest): OutgoingRequest {
  const headers: Record<string, string> = {};
  for (const name in outgoing.headers) if (!PARTIAL.has(name)) headers[name] = outgoing.headers[name]!;
  return { ...outgoing, headers };
}

/**
 * The caller's form of a whole response: a 200 is rewritten, redirects and errors are unchanged, since they hold no data.
 * Any other response is refused, since it would bypass `transform`. Without `transform` any body is passed on.
 *
 * @returns headers for `ServerResponse.writeHead`, and the body
 * @throws DenialError `upstream_invalid` when the response is not plain JSON; and the errors of `transform`
 */
export async function rewriteResponse(
  response: UpstreamResponse,
  responseHeaders: Readonly<Record<string, string>>,
  location: LocationReader,
  transform: Transform | undefined,
  edit?: ResponseEdit,
): Promise<{ headers: string[]; body: Buffer }> {
  const rewritten = transform === undefined ? response.body : await rewriteBody(response, transform);
  const edited = edit !== undefined && isEditable(response.status, response.headers);
  const body = edited ? editWhole(edit, rewritten) : rewritten;
  const raw: string[] = [];
  for (const name in response.headers)
    for (const value of [response.headers[name] ?? []].flat()) raw.push(name, value);
  const described = transform === undefined && !edited ? OF_THE_WHOLE : OF_THE_BODY;
  const connection = [response.headers.connection].flat()[0];
  const headers = rawResponseHeaders(raw, connection, responseHeaders, location, described);
  headers.push('content-length', String(body.length));
  return { headers, body };
}

/** Whether a `ResponseEdit` reads this response: a successful one, in JSON without a content coding. */
export function isEditable(status: number, headers: UpstreamResponse['headers']): boolean {
  return status >= 200 && status < 300 && isPlain(headers) && isJson(headers);
}

/** A response in memory, edited. */
export function editWhole(edit: ResponseEdit, body: Buffer): Buffer {
  return Buffer.concat([...edit.push(body), ...edit.end()]);
}

function isPlain(headers: UpstreamResponse['headers']): boolean {
  return headers['content-encoding'] === undefined;
}

function isJson(headers: UpstreamResponse['headers']): boolean {
  return /^application\/json\s*(;|$)/i.test(String(headers['content-type'] ?? ''));
}

function rewriteBody(response: UpstreamResponse, transform: Transform): Promise<Buffer> | Buffer {
  const { status, headers, body } = response;
  if (isPlain(headers) && status >= 300) return body;
  if (isPlain(headers) && isJson(headers) && status === 200) return transform(response);
  throw new DenialError(
    'upstream_invalid',
    'The response of MLflow is not JSON without a content coding, as this operation requires.',
  );
}
