import { DenialError } from '../http/denial.ts';
import { answerHeaders } from './header-rules.ts';
import type { LocationReader } from './location.ts';
import type { OutgoingRequest, UpstreamAnswer } from './types.ts';

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
const OF_THE_BODY = new Set([
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

/** The one that is written anew for a body that is passed on as it is. */
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
): Promise<{ headers: string[]; body: Buffer }> {
  const body = transform === undefined ? answer.body : await rewriteBody(answer, transform);
  const raw: string[] = [];
  for (const name in answer.headers)
    for (const value of [answer.headers[name] ?? []].flat()) raw.push(name, value);
  const described = transform === undefined ? OF_THE_WHOLE : OF_THE_BODY;
  const connection = [answer.headers.connection].flat()[0];
  const headers = answerHeaders(raw, connection, responseHeaders, location, described);
  headers.push('content-length', String(body.length));
  return { headers, body };
}

function rewriteBody(answer: UpstreamAnswer, transform: Transform): Promise<Buffer> | Buffer {
  const { status, headers, body } = answer;
  const plain = headers['content-encoding'] === undefined;
  const json = /^application\/json\s*(;|$)/i.test(String(headers['content-type'] ?? ''));
  if (plain && status >= 300) return body;
  if (plain && json && status === 200) return transform(answer);
  throw new DenialError(
    'upstream_invalid',
    'MLflow answered something else than the plain JSON this operation has.',
  );
}
