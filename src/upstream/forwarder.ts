import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { ask } from './ask.ts';
import type { Endpoint } from './endpoint.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import { mayRetry, upstreamFailure } from './failures.ts';
import { InFlight } from './in-flight.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import type { Pools } from './pools.ts';
import { forWholeResponse, rewriteResponse } from './transform.ts';
import type { ForwardOptions, ForwardResult, OutgoingRequest } from './types.ts';

export interface ForwarderOptions extends ExchangeOptions {
  readonly endpoint: Endpoint;
  readonly pools: Pools;
  /** Notified of every request that failed because of MLflow. */
  readonly onFailure: () => void;
}

/** Sends requests through undici, each as the gateway wrote it, and streams the responses back. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #inFlight = new InFlight();
  #clock: NodeJS.Timeout | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** See `Upstream.forward`. */
  async forward(
    req: IncomingMessage,
    res: ServerResponse,
    outgoing: OutgoingRequest,
    responseHeaders: Readonly<Record<string, string>>,
    options: ForwardOptions = {},
  ): Promise<ForwardResult> {
    const { transform, edit, answered, confirm } = options;
    const whole = transform !== undefined || mustBeDone(outgoing, answered);
    if (whole && outgoing.body === 'stream') throw new TypeError('an upload is not waited for as a whole');
    const exchange = new Exchange(
      req,
      res,
      edit === undefined || whole ? outgoing : forWholeResponse(outgoing),
      responseHeaders,
      this.#options,
      answered,
      confirm,
      whole ? undefined : edit,
    );
    this.#inFlight.add(exchange);
    this.#startClock();
    try {
      if (res.destroyed) exchange.onClosed();
      else if (whole) void this.#respondWhole(res, exchange, responseHeaders, options);
      else this.#stream(req, res, exchange);
      return await exchange.ended;
    } finally {
      this.#inFlight.remove(exchange);
    }
  }

  close(): void {
    clearInterval(this.#clock);
  }

  async #respondWhole(
    res: ServerResponse,
    exchange: Exchange,
    responseHeaders: Readonly<Record<string, string>>,
    { transform, edit, answered, lease, confirm }: ForwardOptions,
  ): Promise<void> {
    const { endpoint, pools, requestTimeoutMs, onResponse, onFailure, location } = this.#options;
    const gone = new AbortController();
    let mustEnd = mustBeDone(exchange.outgoing, answered);
    res.once('close', () => {
      if (mustEnd) return;
      gone.abort(new Error('the caller went away'));
      exchange.onClosed();
    });
    try {
      const how = {
        pool: pools.current,
        fallback: pools.fresh,
        timeoutMs: requestTimeoutMs,
        limit: LIMITS.rewrittenResponseBytes.value,
        lease,
        signal: gone.signal,
      };
      const response = await ask(endpoint, forWholeResponse(exchange.outgoing), how);
      mustEnd = false;
      onResponse();
      // The rewriter may ask MLflow for more, under the locks of the request.
      const rewriting = rewriteResponse(response, responseHeaders, location, transform, edit);
      const confirmed = rewriting.then(async (rewritten) => {
        await confirm?.();
        return rewritten;
      });
      const { headers, body } = await confirmed.finally(() => answered?.());
      exchange.respondWhole(response.status, headers, body);
    } catch (error) {
      mustEnd = false;
      if (exchange.over) return;
      if (error instanceof DenialError && error.reason === 'upstream_unreachable') onFailure();
      exchange.fail(error as Error);
    }
  }

  #stream(req: IncomingMessage, res: ServerResponse, exchange: Exchange): void {
    const { endpoint, pools, onFailure } = this.#options;
    const { outgoing, upload } = exchange;
    const request: Dispatcher.DispatchOptions = {
      method: outgoing.method,
      path: endpoint.prefix + outgoing.path,
      headers: outgoingHeaders(outgoing, endpoint.hostHeader, req),
      body: upload ?? (outgoing.body as Buffer | undefined) ?? null,
    };
    const pool = pools.current;
    let repeated = pool === pools.fresh;
    exchange.onFailed = (error) => {
      const again = !repeated && !exchange.answered && mayRetry(error, outgoing);
      if (again && !req.socket.destroyed) {
        repeated = true;
        pools.fresh.dispatch(request, exchange);
        return;
      }
      const failure = upstreamFailure(error);
      if (failure instanceof DenialError && !req.socket.destroyed) onFailure();
      exchange.fail(failure);
    };
    res.once('close', () => {
      if (exchange.over) return;
      exchange.onClosed();
      exchange.abandon(new Error('the caller has left'));
    });
    pool.dispatch(request, exchange);
  }

  #startClock(): void {
    if (this.#clock !== undefined) return;
    const { requestTimeoutMs, streamIdleTimeoutMs } = this.#options;
    const every = Math.min(1000, Math.max(10, Math.min(requestTimeoutMs, streamIdleTimeoutMs) / 8));
    this.#clock = setInterval(() => this.#inFlight.check(performance.now()), every);
    this.#clock.unref();
  }
}

/** Whether it is sent to its end even if the caller leaves: it may be a write, and the gateway waits for the response. */
function mustBeDone(
  { method, reads = method === 'GET' }: OutgoingRequest,
  answered: (() => void) | undefined,
): boolean {
  return answered !== undefined && !reads;
}
