import type { Agent, ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { createProxyServer, type ProxyServer } from 'httpxy';
import { DenialError } from '../denial.ts';
import { LIMITS } from '../limits.ts';
import { ask } from './ask.ts';
import type { Endpoint } from './endpoint.ts';
import { Exchange, type ExchangeOptions } from './exchange.ts';
import { mayRetry, upstreamFailure } from './failures.ts';
import { InFlight } from './in-flight.ts';
import { outgoingHeaders } from './outgoing-headers.ts';
import { forWholeResponse, rewriteResponse } from './transform.ts';
import type { ForwardOptions, ForwardResult, OutgoingRequest } from './types.ts';

export interface ForwarderOptions extends ExchangeOptions {
  readonly endpoint: Endpoint;
  /** For the next request. */
  readonly agent: () => Agent;
  /** Used if a kept connection turns out to be closed. */
  readonly fallback: Agent;
  /** Notified of every response, and of every request that failed because of MLflow. */
  readonly onResponse: () => void;
  readonly onFailure: () => void;
}

/** Sends requests through httpxy, each as the gateway wrote it, and streams the responses back. */
export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #proxy: ProxyServer;
  readonly #inFlight = new InFlight();
  #clock: NodeJS.Timeout | undefined;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    // The exchange writes the response's head: httpxy would copy MLflow's head unchanged.
    const proxy = createProxyServer({ xfwd: false, selfHandleResponse: true });
    proxy.on('proxyReq', (request, _req, res) => {
      const exchange = this.#inFlight.get(res as ServerResponse);
      if (exchange) exchange.onSocket(request as ClientRequest);
      // It timed out while it waited for a connection: it must not reach MLflow.
      else request.destroy();
    });
    proxy.on('proxyRes', (response, _req, res) => {
      options.onResponse();
      const exchange = this.#inFlight.get(res as ServerResponse);
      try {
        exchange?.onResponse(response);
      } catch (error) {
        // An exception in an event handler would end the process.
        exchange?.fail(error as Error);
      }
    });
    this.#proxy = proxy;
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
    this.#inFlight.add(res, exchange);
    this.#startClock();
    try {
      if (res.destroyed) exchange.onClosed();
      else if (whole) void this.#respondWhole(res, exchange, responseHeaders, options);
      else this.#stream(req, res, exchange);
      return await exchange.ended;
    } finally {
      this.#inFlight.remove(res, exchange);
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
    const { endpoint, agent, fallback, requestTimeoutMs, onResponse, onFailure, location } = this.#options;
    const gone = new AbortController();
    let mustEnd = mustBeDone(exchange.outgoing, answered);
    res.once('close', () => {
      if (mustEnd) return;
      gone.abort(new Error('the caller went away'));
      exchange.onClosed();
    });
    try {
      const how = {
        agent: agent(),
        fallback,
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
    const { endpoint, agent } = this.#options;
    const headers = outgoingHeaders(exchange.outgoing, endpoint.hostHeader, req);
    this.#attempt(req, res, exchange, headers, agent());
  }

  #attempt(
    req: IncomingMessage,
    res: ServerResponse,
    exchange: Exchange,
    headers: Record<string, string>,
    agent: Agent,
  ): void {
    const { endpoint, fallback, onFailure } = this.#options;
    const { outgoing } = exchange;
    const own = { method: req.method, url: req.url, headers: req.headers };
    req.method = outgoing.method;
    req.url = endpoint.prefix + outgoing.path;
    req.headers = headers;
    let sent: Promise<void>;
    try {
      sent = this.#proxy.web(req, res, {
        target: endpoint.target,
        agent,
        ...(outgoing.body === 'stream' ? {} : { buffer: bodySource(outgoing.body) as never }),
      });
    } finally {
      // httpxy has read them; any other response to the caller needs the caller's own.
      Object.assign(req, own);
    }
    sent.then(
      () => exchange.onClosed(),
      (error: Error) => {
        if (exchange.over) return;
        if (
          !exchange.answered &&
          mayRetry(error, exchange.request, outgoing) &&
          !req.socket.destroyed &&
          agent !== fallback
        ) {
          try {
            this.#attempt(req, res, exchange, headers, fallback);
          } catch (thrown) {
            // No caller awaits this handler: if it threw, the request would never end.
            exchange.fail(thrown as Error);
          }
          return;
        }
        const failure = upstreamFailure(error);
        if (failure instanceof DenialError && !req.socket.destroyed) onFailure();
        exchange.fail(failure);
      },
    );
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

/**
 * The body that httpxy pipes into the request in place of the caller's. httpxy uses only `pipe` of a stream, so a body
 * in memory needs no stream around it, and is sent in one write with the head.
 */
function bodySource(body: Buffer | undefined): { pipe(to: ClientRequest): ClientRequest } {
  return { pipe: (to) => to.end(body) };
}
