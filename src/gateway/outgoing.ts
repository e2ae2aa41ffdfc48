import type { HeaderBag } from '../http/headers.ts';
import { writeBody, writeTarget } from '../request/write.ts';
import type { TenancyVerdict } from '../tenancy/tenancy-strategy.ts';
import type { OutgoingRequest } from '../upstream/types.ts';
import type { Progress } from './progress.ts';

/**
 * Writes the request to MLflow from the verdict. It holds none of the caller's own bytes, except those of a streamed body.
 *
 * @param headers those of the caller; only the ones that may be passed on are used
 */
export function writeOutgoing(
  verdict: TenancyVerdict,
  headers: HeaderBag,
  progress: Progress,
): OutgoingRequest {
  const { request } = verdict;
  const { operation, awaitsStorage = false } = request;
  const { clientAddress, proto, host } = progress.origination!;
  const streamed = operation.body === 'stream';
  const written = streamed ? undefined : writeBody(request);
  const out: Record<string, string> = headers.passed();
  Object.assign(out, request.declaredHeaders);
  if (streamed) {
    if (request.streamType !== undefined) out['content-type'] = request.streamType;
    const encoding = headers.get('content-encoding');
    if (encoding !== undefined) out['content-encoding'] = encoding;
  } else {
    // The gateway writes this body itself, without the content coding of the caller's.
    delete out['content-encoding'];
    if (written !== undefined) out['content-type'] = written.type;
  }
  out['x-forwarded-for'] = clientAddress;
  out['x-forwarded-proto'] = proto;
  if (host !== undefined) out['x-forwarded-host'] = host;
  out['x-request-id'] = progress.id;
  Object.assign(out, verdict.headers);
  return {
    // Servers differ in how they read a body on GET; MLflow accepts GraphQL by POST too.
    method: operation.body === 'graphql' ? 'POST' : progress.method,
    path: writeTarget(request),
    headers: out,
    body: streamed ? 'stream' : written?.bytes,
    reads: progress.method === 'GET' || operation.permission.endsWith(':read'),
    awaitsStorage,
  };
}
