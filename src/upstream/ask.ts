import type { Dispatcher } from 'undici';
import { DenialError } from '../denial.ts';
import { type Lease, memoryOfBytes } from '../http/body-budget.ts';
import type { Endpoint } from './endpoint.ts';
import { mayRetry, upstreamFailure, upstreamTimeout } from './failures.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import type { OutgoingRequest, UpstreamResponse } from './types.ts';

/** Bytes of memory for a response that are reserved before the request is sent. */
const EXPECTED_RESPONSE = 16 * 1024;

export interface AskOptions {
  readonly pool: Dispatcher;
  /** Used if a kept connection turns out to be closed. */
  readonly fallback: Dispatcher;
  /** Until the end of the response. */
  readonly timeoutMs: number;
  /** The most bytes of the response's body. */
  readonly limit: number;
  readonly signal?: AbortSignal;
  /** Reserves the memory for the response as it arrives. */
  readonly lease?: Lease | undefined;
}

/**
 * Sends a small request and reads the whole response, with any status.
 *
 * @throws DenialError `upstream_unreachable`, `upstream_timeout`, `upstream_invalid` (too long, or not HTTP),
 *   `body_budget_exhausted`
 */
export async function ask(
  endpoint: Endpoint,
  outgoing: OutgoingRequest,
  options: AskOptions,
): Promise<UpstreamResponse> {
  const sent: Sent = {};
  // Before anything is sent: a write must not fail after MLflow has made it, only because its response found no memory.
  options.lease?.grow(memoryOfBytes(EXPECTED_RESPONSE));
  try {
    return await once(endpoint, outgoing, options, sent);
  } catch (error) {
    if (sent.answered || !mayRetry(error as Error, outgoing)) throw upstreamFailure(error as Error);
  }
  try {
    return await once(endpoint, outgoing, { ...options, pool: options.fallback }, sent);
  } catch (error) {
    throw upstreamFailure(error as Error);
  }
}

interface Sent {
  answered?: true;
}

function once(
  endpoint: Endpoint,
  outgoing: OutgoingRequest,
  { pool, timeoutMs, limit, signal, lease }: AskOptions,
  sent: Sent,
): Promise<UpstreamResponse> {
  const { method, path, body, atRoot = false } = outgoing;
  if (body === 'stream') throw new TypeError('a request of the gateway’s own has no caller to stream from');
  return new Promise((resolve, reject) => {
    let sending: Dispatcher.DispatchController | undefined;
    let ended = false;
    const timer = setTimeout(() => end(upstreamTimeout(timeoutMs)), timeoutMs);
    const finish = (): void => {
      ended = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const end = (error: Error): void => {
      if (ended) return;
      finish();
      reject(error);
      sending?.abort(error);
    };
    const onAbort = (): void => end(signal?.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
    let status = 0;
    let headers: UpstreamResponse['headers'] = {};
    const chunks: Buffer[] = [];
    let length = 0;
    const attempt: Dispatcher.DispatchHandler = {
      onRequestStart(controller) {
        sending = controller;
        // It timed out while it waited for a connection: it must not reach MLflow.
        if (ended) controller.abort(new Error('the request has ended'));
      },
      onResponseStart(_, code, fields) {
        if (code < 200) return;
        sent.answered = true;
        status = code;
        headers = fields;
      },
      onResponseData(_, chunk) {
        length += chunk.length;
        if (length > limit) {
          end(new DenialError('upstream_invalid', `MLflow's response is longer than ${limit} bytes.`));
          return;
        }
        chunks.push(chunk);
        try {
          if (length > EXPECTED_RESPONSE) lease?.grow(memoryOfBytes(chunk.length));
        } catch (error) {
          end(error as Error);
        }
      },
      onResponseEnd() {
        if (ended) return;
        finish();
        const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
        resolve({ status, headers, body: whole });
      },
      onResponseError: (_, error) => end(error),
    };
    pool.dispatch(
      {
        method,
        path: atRoot ? path : endpoint.prefix + path,
        headers: outgoingHeaders(outgoing, endpoint.hostHeader, undefined),
        body: body ?? null,
      },
      attempt,
    );
  });
}
