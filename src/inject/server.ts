import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { guardConnections } from '../http/connections.ts';
import { LIMITS } from '../limits.ts';
import type { Logger } from '../telemetry/log.ts';
import { attempt, unexpectedErrors } from '../telemetry/unexpected.ts';
import type { CertificateFiles, KeyPair } from './certificate.ts';
import { answerReview, InvalidReviewError } from './review.ts';
import type { Settings } from './settings.ts';

/** An object of the Kubernetes API has at most 3 MiB; a review contains one, and little else. */
const MAX_BODY = 4 * 1024 * 1024;
/** An API server waits 10 seconds for a webhook by default, 30 at most. */
const REQUEST_TIMEOUT_MS = LIMITS.webhookTime.value * 1_000;

export interface InjectServerParts {
  readonly settings: Settings;
  readonly certificate: Pick<CertificateFiles, 'current' | 'problem'>;
  readonly log: Logger;
}

/** The webhook's server. After `drain`, connections close after their response, and `/readyz` answers 503. */
export interface InjectServer extends Server {
  useCertificate(pair: KeyPair): void;
  drain(): void;
}

/**
 * Creates the HTTPS server that API servers call for new pods: `POST /mutate` takes an AdmissionReview; `GET /healthz` and
 * `GET /readyz` are probes. TLS 1.2 or newer, HTTP/1.1.
 *
 * @example
 * const server = makeInjectServer({ settings, certificate, log });
 * server.listen(8443);
 */
export function makeInjectServer(parts: InjectServerParts): InjectServer {
  const { certificate, log } = parts;
  const unexpected = unexpectedErrors(log);
  let draining = false;
  const handle: RequestListener = (req, res) => {
    if (draining) res.setHeader('connection', 'close');
    answer(req, res, parts, () => draining).catch((error: NodeJS.ErrnoException) => {
      // The API server closed the connection.
      if (error.code === 'ECONNRESET') return;
      unexpected('request', error);
      // Without a review, the API server follows failurePolicy and refuses the pod.
      if (
        attempt(() => send(req, res, 500, { error: 'The webhook failed to handle this review.' })) !==
        undefined
      )
        res.destroy();
    });
  };
  const secure = ({ cert, key }: KeyPair) => ({ cert, key, minVersion: 'TLSv1.2' as const });
  const server = createServer(
    {
      ...secure(certificate.current),
      ALPNProtocols: ['http/1.1'],
      headersTimeout: REQUEST_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      connectionsCheckingInterval: 1_000,
      handshakeTimeout: REQUEST_TIMEOUT_MS,
      // API servers keep idle connections for 90 seconds (Go). The client should close first.
      keepAliveTimeout: 120_000,
      maxHeaderSize: 16 * 1024,
      noDelay: true,
    },
    handle,
  );
  guardConnections(server, {
    most: LIMITS.webhookConnections.value,
    onFull: (refused) => log.warn({ refused }, 'connections refused: too many are open'),
  });
  return Object.assign(server, {
    useCertificate: (pair: KeyPair) => server.setSecureContext(secure(pair)),
    drain: () => {
      draining = true;
    },
  });
}

async function answer(
  req: IncomingMessage,
  res: ServerResponse,
  { settings, certificate, log }: InjectServerParts,
  draining: () => boolean,
): Promise<void> {
  const path = req.url?.split('?', 1)[0];
  if (path === '/healthz' || path === '/readyz') {
    if (req.method !== 'GET') return send(req, res, 405, { error: 'Only GET.' }, { allow: 'GET' });
    const reasons = path === '/healthz' ? [] : notReady(certificate, draining());
    return reasons.length === 0
      ? send(req, res, 200, { status: 'ok' })
      : send(req, res, 503, { status: 'unready', reasons });
  }
  if (path !== '/mutate') return send(req, res, 404, { error: 'There is /mutate, /healthz and /readyz.' });
  if (req.method !== 'POST') return send(req, res, 405, { error: 'Only POST.' }, { allow: 'POST' });
  if (!/^application\/json\s*(;|$)/i.test(req.headers['content-type'] ?? ''))
    return send(req, res, 415, { error: 'A review is application/json.' });
  const body = await readBody(req);
  if (body === undefined) return send(req, res, 413, { error: `A review has at most ${MAX_BODY} bytes.` });
  try {
    const { body: review, outcome, facts } = answerReview(parseJson(body), settings);
    if (outcome === 'refused') log.warn(facts, outcome);
    else log.info({ ...facts, ...warningsIn(review.response) }, outcome);
    return send(req, res, 200, review);
  } catch (error) {
    if (!(error instanceof InvalidReviewError)) throw error;
    log.warn({ why: error.message }, 'not a review');
    return send(req, res, 400, { error: error.message });
  }
}

function notReady(certificate: Pick<CertificateFiles, 'problem'>, draining: boolean): string[] {
  return [certificate.problem(), draining ? 'shutting down' : undefined].filter((why) => why !== undefined);
}

const warningsIn = ({ warnings }: { readonly warnings?: readonly string[] }): object =>
  warnings === undefined ? {} : { warnings };

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    throw new InvalidReviewError('The body is not JSON.');
  }
}

/** @returns `undefined` if the body is too long */
async function readBody(req: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  // Otherwise, leaving the loop early would destroy the socket before the response.
  for await (const chunk of req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(
  req: IncomingMessage,
  res: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const text = JSON.stringify(body);
  // The unread rest of a body must not be read as the next request.
  if (status >= 400 && !req.complete) res.setHeader('connection', 'close');
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
    ...headers,
  });
  res.end(text);
}
