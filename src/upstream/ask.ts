import type { Agent, ClientRequest } from 'node:http';
import { DenialError } from '../denial.ts';
import { type Lease, memoryOfBytes } from '../http/body-budget.ts';
import type { Endpoint } from './endpoint.ts';
import { mayRetry, upstreamFailure, upstreamTimeout } from './failures.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import type { OutgoingRequest, UpstreamResponse } from './types.ts';

/** Bytes of memory for a response that are reserved before the request is sent. */
const EXPECTED_RESPONSE = 16 * 1024;

export interface AskOptions {
  readonly agent: Agent;
  /** Used if a kept connection turns out to be closed. */
  readonly fallback: Agent;
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
    if (sent.answered || !mayRetry(error as Error, sent.request, outgoing))
      throw upstreamFailure(error as Error);
  }
  try {
    return await once(endpoint, outgoing, { ...options, agent: options.fallback }, sent);
  } catch (error) {
    throw upstreamFailure(error as Error);
  }
}

interface Sent {
  request?: ClientRequest;
  answered?: true;
}

function once(
  endpoint: Endpoint,
  outgoing: OutgoingRequest,
  { agent, timeoutMs, limit, signal, lease }: AskOptions,
  sent: Sent,
): Promise<UpstreamResponse> {
  const { method, path, body, atRoot = false } = outgoing;
  if (body === 'stream') throw new TypeError('a request of the gateway’s own has no caller to stream from');
  return new Promise((resolve, reject) => {
    const request = endpoint.request({
      agent,
      method,
      path: atRoot ? path : endpoint.prefix + path,
      headers: outgoingHeaders(outgoing, endpoint.hostHeader, undefined),
    });
    sent.request = request;
    const timer = setTimeout(() => end(upstreamTimeout(timeoutMs)), timeoutMs);
    const end = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
      request.destroy();
    };
    const onAbort = (): void => end(signal?.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
    request.on('error', end);
    request.on('response', (response) => {
      sent.answered = true;
      const chunks: Buffer[] = [];
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > limit)
          end(new DenialError('upstream_invalid', `MLflow's response is longer than ${limit} bytes.`));
        else {
          chunks.push(chunk);
          try {
            if (length > EXPECTED_RESPONSE) lease?.grow(memoryOfBytes(chunk.length));
          } catch (error) {
            end(error as Error);
          }
        }
      });
      response.on('error', end);
      response.on('end', () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, length);
        resolve({ status: response.statusCode!, headers: response.headers, body: whole });
      });
    });
    request.end(body);
  });
}
