import { DenialError } from '../denial.ts';
import { answerHeaders } from './header-rules.ts';
import type { LocationReader } from './location.ts';
import type { AnswerEdit, OutgoingRequest, UpstreamAnswer } from './types.ts';

/** Rewrites a whole JSON answer. */
export type Transform = (answer: UpstreamAnswer) => Promise<Buffer> | Buffer;

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
export function forWholeAnswer(outgoing: OutgoingRequest): OutgoingRequest {
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
export async function rewriteAnswer(
  answer: UpstreamAnswer,
  responseHeaders: Readonly<Record<string, string>>,
  location: LocationReader,
  transform: Transform | undefined,
  edit?: AnswerEdit,
): Promise<{ headers: string[]; body: Buffer }> {
  const rewritten = transform === undefined ? answer.body : await rewriteBody(answer, transform);
  const edited = edit !== undefined && isEditable(answer.status, answer.headers);
  const body = edited ? editWhole(edit, rewritten) : rewritten;
  const raw: string[] = [];
  for (const name in answer.headers)
    for (const value of [answer.headers[name] ?? []].flat()) raw.push(name, value);
  const described = transform === undefined && !edited ? OF_THE_WHOLE : OF_THE_BODY;
  const connection = [answer.headers.connection].flat()[0];
  const headers = answerHeaders(raw, connection, responseHeaders, location, described);
  headers.push('content-length', String(body.length));
  return { headers, body };
}

/** Whether an `AnswerEdit` reads this answer: a successful one, in JSON without a content coding. */
export function isEditable(status: number, headers: UpstreamAnswer['headers']): boolean {
  return status >= 200 && status < 300 && isPlain(headers) && isJson(headers);
}

/** A response in memory, edited. */
export function editWhole(edit: AnswerEdit, body: Buffer): Buffer {
  return Buffer.concat([...edit.push(body), ...edit.end()]);
}

function isPlain(headers: UpstreamAnswer['headers']): boolean {
  return headers['content-encoding'] === undefined;
}

function isJson(headers: UpstreamAnswer['headers']): boolean {
  return /^application\/json\s*(;|$)/i.test(String(headers['content-type'] ?? ''));
}

function rewriteBody(answer: UpstreamAnswer, transform: Transform): Promise<Buffer> | Buffer {
  const { status, headers, body } = answer;
  if (isPlain(headers) && status >= 300) return body;
  if (isPlain(headers) && isJson(headers) && status === 200) return transform(answer);
  throw new DenialError(
    'upstream_invalid',
    'The response of MLflow is not JSON without a content coding, as this operation requires.',
  );
}
