import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DenialError } from '../denial.ts';
import { upstreamTimeout } from './failures.ts';
import { rawResponseHeaders } from './header-rules.ts';
import type { LocationReader } from './location.ts';
import { editWhole, isEditable, OF_THE_BODY } from './transform.ts';
import type { ForwardResult, OutgoingRequest, ResponseEdit } from './types.ts';

/** Status in the audit line for a caller who left before any response: nginx's "client closed request". */
const CLIENT_CLOSED = 499;

/** Longest response that is edited as a whole, in bytes: the size of one chunk. */
const SMALL = 64 * 1024;

export interface Limits {
  /** The time until the first byte of the response, once the whole request is sent. */
  readonly requestTimeoutMs: number;
  /** The longest pause in both directions while a body is being sent. */
  readonly streamIdleTimeoutMs: number;
}

export interface ExchangeOptions extends Limits {
  /** Rewrites a `Location` of MLflow. */
  readonly location: LocationReader;
}

/**
 * One request in flight: its phase, its bytes and its end. It ends once: with a result if the caller was answered or
 * left, with an error if the caller can still get another response.
 *
 * Timeouts are not timers of its own: `check` is called from one interval for all exchanges.
 */
export class Exchange {
  readonly ended: Promise<ForwardResult>;
  readonly outgoing: OutgoingRequest;
  /** The attempt in flight, as soon as it has a connection. */
  request: ClientRequest | undefined;
  /** Its index in `InFlight`. */
  position = 0;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #responseHeaders: Readonly<Record<string, string>>;
  readonly #options: ExchangeOptions;
  readonly #answered: (() => void) | undefined;
  readonly #confirm: (() => Promise<void>) | undefined;
  readonly #edit: ResponseEdit | undefined;
  #phase: 'sending' | 'waiting' | 'answering' | 'over';
  #resolve!: (result: ForwardResult) => void;
  #reject!: (error: Error) => void;
  #bytesIn = 0;
  #bytesOut = 0;
  #moved = 0;
  #movedAt = performance.now();

  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    outgoing: OutgoingRequest,
    responseHeaders: Readonly<Record<string, string>>,
    options: ExchangeOptions,
    answered?: () => void,
    confirm?: () => Promise<void>,
    edit?: ResponseEdit,
  ) {
    this.#edit = edit;
    this.#confirm = confirm;
    this.#answered = answered;
    this.#req = req;
    this.#res = res;
    this.outgoing = outgoing;
    this.#responseHeaders = responseHeaders;
    this.#options = options;
    this.#phase = outgoing.body === 'stream' ? 'sending' : 'waiting';
    if (outgoing.body instanceof Buffer)
      this.#bytesIn = Number(req.headers['content-length'] ?? outgoing.body.length);
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get over(): boolean {
    return this.#phase === 'over';
  }

  /** True once a part of the response was sent: its status cannot change any more. */
  get answered(): boolean {
    return this.#res.headersSent;
  }

  /** An attempt has a connection, and nothing is sent yet. */
  onSocket(request: ClientRequest): void {
    this.request = request;
    if (this.over) {
      request.destroy();
      return;
    }
    if (this.outgoing.body !== 'stream') return;
    const req = this.#req;
    whenConnected(request, () => continueIfAsked(req, this.#res));
    // httpxy pipes the caller's body right after this; listening does not change its pace.
    req.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length;
    });
    request.once('finish', () => {
      if (this.#phase === 'sending') this.#enter('waiting');
    });
  }

  /** The head of MLflow's response is here. */
  onResponse(response: IncomingMessage): void {
    const confirm = this.#confirm;
    if (confirm === undefined) {
      this.#passOn(response);
      return;
    }
    // Its data has no listener until then, so that it waits; httpxy reports an error in the meantime.
    confirm()
      .then(() => this.#passOn(response))
      .catch((error: Error) => {
        this.#answered?.();
        response.destroy();
        if (!this.over) this.fail(error);
      });
  }

  #passOn(response: IncomingMessage): void {
    const res = this.#res;
    this.#answered?.();
    if (this.over || res.destroyed) {
      response.destroy();
      return;
    }
    this.#enter('answering');
    const status = response.statusCode!;
    const edit = this.#edit && isEditable(status, response.headers) ? this.#edit : undefined;
    const headers = rawResponseHeaders(
      response.rawHeaders,
      response.headers.connection,
      this.#responseHeaders,
      this.#options.location,
      edit && OF_THE_BODY,
    );
    if (edit !== undefined && Number(response.headers['content-length']) <= SMALL) {
      this.#passSmall(response, status, headers, edit);
      return;
    }
    res.writeHead(status >= 200 && status < 600 ? status : 502, headers);
    res.on('drain', () => response.resume());
    if (edit !== undefined) {
      this.#passEdited(response, edit);
      return;
    }
    response.on('data', (chunk: Buffer) => {
      this.#bytesOut += chunk.length;
      if (!res.write(chunk)) response.pause();
    });
    response.on('end', () => res.end());
  }

  /** Most responses are small: they are sent in one write, with their length. */
  #passSmall(response: IncomingMessage, status: number, headers: string[], edit: ResponseEdit): void {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => {
      const body = editWhole(edit, Buffer.concat(chunks));
      headers.push('content-length', String(body.length));
      this.respondWhole(status, headers, body);
    });
  }

  #passEdited(response: IncomingMessage, edit: ResponseEdit): void {
    const res = this.#res;
    // One write a chunk, since each write is framed separately.
    const write = (pieces: readonly Buffer[]): boolean => {
      if (pieces.length === 0) return true;
      const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      this.#bytesOut += bytes.length;
      return res.write(bytes);
    };
    response.on('data', (chunk: Buffer) => {
      if (!write(edit.push(chunk))) response.pause();
    });
    response.on('end', () => {
      write(edit.end());
      res.end();
    });
  }

  /** Answers with a response in memory. */
  respondWhole(status: number, headers: string[], body: Buffer): void {
    if (this.over) return;
    // The request was sent to its end after the caller had left.
    if (this.#res.destroyed) {
      this.onClosed();
      return;
    }
    this.#enter('answering');
    this.#bytesOut = body.length;
    this.#res.writeHead(status, headers).end(body);
  }

  /** The caller's response is closed: complete, broken off, or abandoned by the caller. */
  onClosed(): void {
    const res = this.#res;
    this.#phase = 'over';
    this.#resolve({
      status: res.headersSent ? res.statusCode : CLIENT_CLOSED,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      aborted: !res.writableFinished,
    });
  }

  /** Ends it: cuts the caller's connection if the response has begun, and otherwise leaves it to the reporter of `error`. */
  fail(error: Error): void {
    if (this.over) return;
    if (this.answered || this.#req.socket.destroyed) {
      this.#res.destroy();
      this.onClosed();
    } else {
      this.#phase = 'over';
      this.#req.unpipe();
      this.#reject(error);
    }
    this.request?.destroy();
  }

  /** Ends it if it stalled for too long. */
  check(now: number): void {
    if (this.#phase === 'over') return;
    const { requestTimeoutMs, streamIdleTimeoutMs } = this.#options;
    const { body, awaitsStorage } = this.outgoing;
    const connecting = this.request?.socket?.connecting ?? true;
    if (this.#phase === 'waiting' || (this.#phase === 'sending' && connecting)) {
      // MLflow answers after it has stored an upload, or fetched a download, in a store that may be far away: it has the idle
      // timeout.
      const patient = (body === 'stream' || awaitsStorage) && !connecting;
      const limit = patient ? Math.max(requestTimeoutMs, streamIdleTimeoutMs) : requestTimeoutMs;
      if (now - this.#movedAt > limit) this.fail(upstreamTimeout(limit));
      return;
    }
    const moved = traffic(this.#req.socket) + traffic(this.request?.socket);
    if (moved !== this.#moved) {
      this.#moved = moved;
      this.#movedAt = now;
    } else if (now - this.#movedAt > streamIdleTimeoutMs) this.fail(this.#whoStopped(streamIdleTimeoutMs));
  }

  #whoStopped(ms: number): DenialError {
    const upstream = this.request === undefined || this.request.writableNeedDrain;
    if (upstream)
      return new DenialError('upstream_timeout', `MLflow read none of the body for ${ms / 1000} seconds.`);
    return new DenialError('malformed_request', `No part of the body arrived for ${ms / 1000} seconds.`);
  }

  #enter(phase: 'waiting' | 'answering'): void {
    this.#phase = phase;
    this.#movedAt = performance.now();
  }
}

/**
 * Changes whenever the process reads from a connection or the system accepts written bytes. Writes count in whole
 * chunks (64 KiB at most), so a slow reader must read at least that much within the idle timeout.
 */
function traffic(socket: Socket | null | undefined): number {
  return socket ? socket.bytesRead + socket.bytesWritten - socket.writableLength : 0;
}

function whenConnected(request: ClientRequest, act: () => void): void {
  if (request.socket?.connecting) request.socket.once('connect', act);
  else act();
}

/**
 * Sends 100 Continue to a caller that waits with the body (RFC 9110 section 10.1.1). A server without a
 * `checkContinue` listener has sent it already.
 */
function continueIfAsked(req: IncomingMessage, res: ServerResponse): void {
  const expected = req.headers.expect?.toLowerCase() === '100-continue';
  if (expected && !(res as { _sent100?: boolean })._sent100 && !req.complete) res.writeContinue();
}
