import { DenialError } from '../denial.ts';
import { answerHeaders } from './header-rules.ts';
import type { LocationReader } from './location.ts';
import type { AnswerEdit, OutgoingRequest, UpstreamAnswer } from './types.ts';

/** Rewrites a whole JSON answer. */
export type Transform = (answer: UpstreamAnswer) => Promise<Buffer> | Buffer;

/** What would make MLflow answer with something else than the whole plain document. */
const PARTIAL = new Set([
  'accept-encoding',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'range',
]);

/** Fields of MLflow's answer that describe the body it sent, not the one the caller gets. */
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

/** The field that is rewritten for a body that is passed on unchanged. */
const OF_THE_WHOLE = new Set(['content-length']);

/** The request as it is sent when the answer is to be rewritten: for the whole plain document or none. */
export function forWholeAnswer(outgoing: OutgoingRequest): OutgoingRequest {
  const headers: Record<string, string> = {};
  for (const name in outgoing.headers) if (!PARTIAL.has(name)) headers[name] = outgoing.headers[name]!;
  return { ...outgoing, headers };
}

/**
 * What the caller gets of a whole answer: a 200 rewritten, redirections and errors as they are, as they hold no data.
 * Anything else is refused, since it would pass by `transform`. Without one the body is passed on whatever it is.
 *
 * @returns headers for `ServerResponse.writeHead`, and the body
 * @throws DenialError `upstream_invalid` when the answer is not plain JSON; and whatever `transform` throws
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

/** An answer that is in memory as a whole, edited. */
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
    'MLflow answered something else than the plain JSON this operation has.',
  );
}
