import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DenialError } from '../denial.ts';
import { upstreamTimeout } from './failures.ts';
import { answerHeaders } from './header-rules.ts';
import type { LocationReader } from './location.ts';
import { editWhole, isEditable, OF_THE_BODY } from './transform.ts';
import type { AnswerEdit, ForwardResult, OutgoingRequest } from './types.ts';

/** Status in the audit line for a caller who left before any answer: nginx's "client closed request". */
const CLIENT_CLOSED = 499;

/** Longest answer that is edited as a whole, in bytes: as much as arrives at once anyway. */
const SMALL = 64 * 1024;

export interface Limits {
  /** Until the first byte of the answer, once all of the request is on its way. */
  readonly requestTimeoutMs: number;
  /** The longest pause in both directions while a body is being sent. */
  readonly streamIdleTimeoutMs: number;
}

export interface ExchangeOptions extends Limits {
  /** What becomes of a `Location` of MLflow's. */
  readonly location: LocationReader;
}

/**
 * One request on its way through: how far it is, what it has carried, and how it ends. It ends once: with a result
 * when the caller was answered or left, with an error while the caller can still be answered otherwise.
 *
 * Timeouts are not timers of its own: `check` is called from one interval for all exchanges.
 */
export class Exchange {
  readonly ended: Promise<ForwardResult>;
  readonly outgoing: OutgoingRequest;
  /** The attempt in flight, as soon as it has a connection. */
  request: ClientRequest | undefined;
  /** Where `InFlight` keeps it. */
  position = 0;
  readonly #req: IncomingMessage;
  readonly #res: ServerResponse;
  readonly #responseHeaders: Readonly<Record<string, string>>;
  readonly #options: ExchangeOptions;
  readonly #answered: (() => void) | undefined;
  readonly #confirm: (() => Promise<void>) | undefined;
  readonly #edit: AnswerEdit | undefined;
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
    edit?: AnswerEdit,
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

  /** The head of MLflow's answer is here. */
  onAnswer(answer: IncomingMessage): void {
    const confirm = this.#confirm;
    if (confirm === undefined) {
      this.#passOn(answer);
      return;
    }
    // Nobody listens for its data until then, so that it waits; if it breaks meanwhile, httpxy says so.
    confirm()
      .then(() => this.#passOn(answer))
      .catch((error: Error) => {
        this.#answered?.();
        answer.destroy();
        if (!this.over) this.fail(error);
      });
  }

  #passOn(answer: IncomingMessage): void {
    const res = this.#res;
    this.#answered?.();
    if (this.over || res.destroyed) {
      answer.destroy();
      return;
    }
    this.#enter('answering');
    const status = answer.statusCode!;
    const edit = this.#edit && isEditable(status, answer.headers) ? this.#edit : undefined;
    const headers = answerHeaders(
      answer.rawHeaders,
      answer.headers.connection,
      this.#responseHeaders,
      this.#options.location,
      edit && OF_THE_BODY,
    );
    if (edit !== undefined && Number(answer.headers['content-length']) <= SMALL) {
      this.#passSmall(answer, status, headers, edit);
      return;
    }
    res.writeHead(status >= 200 && status < 600 ? status : 502, headers);
    res.on('drain', () => answer.resume());
    if (edit !== undefined) {
      this.#passEdited(answer, edit);
      return;
    }
    answer.on('data', (chunk: Buffer) => {
      this.#bytesOut += chunk.length;
      if (!res.write(chunk)) answer.pause();
    });
    answer.on('end', () => res.end());
  }

  /** Nearly every answer is small: it is sent at once, and with its length. */
  #passSmall(answer: IncomingMessage, status: number, headers: string[], edit: AnswerEdit): void {
    const chunks: Buffer[] = [];
    answer.on('data', (chunk: Buffer) => chunks.push(chunk));
    answer.on('end', () => {
      const body = editWhole(edit, Buffer.concat(chunks));
      headers.push('content-length', String(body.length));
      this.answerWhole(status, headers, body);
    });
  }

  #passEdited(answer: IncomingMessage, edit: AnswerEdit): void {
    const res = this.#res;
    // One write a chunk: each would be framed by itself.
    const write = (pieces: readonly Buffer[]): boolean => {
      if (pieces.length === 0) return true;
      const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      this.#bytesOut += bytes.length;
      return res.write(bytes);
    };
    answer.on('data', (chunk: Buffer) => {
      if (!write(edit.push(chunk))) answer.pause();
    });
    answer.on('end', () => {
      write(edit.end());
      res.end();
    });
  }

  /** Answers with what is in memory already. */
  answerWhole(status: number, headers: string[], body: Buffer): void {
    if (this.over) return;
    // It was sent to its end for a caller who has left.
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

  /** Ends it: the caller's connection is cut when the answer has begun, and else left to whoever reports `error`. */
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

  /** Ends it if it stood still for too long. */
  check(now: number): void {
    if (this.#phase === 'over') return;
    const { requestTimeoutMs, streamIdleTimeoutMs } = this.#options;
    const { body, awaitsStorage } = this.outgoing;
    const connecting = this.request?.socket?.connecting ?? true;
    if (this.#phase === 'waiting' || (this.#phase === 'sending' && connecting)) {
      // MLflow stores all of an upload before it answers, and fetches what is downloaded, from where may be far away: it has as
      // long as a pause.
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
      return new DenialError('upstream_timeout', `MLflow took none of the body for ${ms / 1000} seconds.`);
    return new DenialError('malformed_request', `Nothing of the body arrived for ${ms / 1000} seconds.`);
  }

  #enter(phase: 'waiting' | 'answering'): void {
    this.#phase = phase;
    this.#movedAt = performance.now();
  }
}

/**
 * Changes whenever the process reads from a connection or the system takes what it wrote. Writes are seen in the
 * chunks they were made in (64 KiB at most), so that is the least a slow reader must take within the idle time.
 */
function traffic(socket: Socket | null | undefined): number {
  return socket ? socket.bytesRead + socket.bytesWritten - socket.writableLength : 0;
}

function whenConnected(request: ClientRequest, act: () => void): void {
  if (request.socket?.connecting) request.socket.once('connect', act);
  else act();
}

/**
 * Asks for the body that a caller holds back (RFC 9110 section 10.1.1), now that it is wanted. A server without a
 * `checkContinue` listener has done so already.
 */
function continueIfAsked(req: IncomingMessage, res: ServerResponse): void {
  const asked = req.headers.expect?.toLowerCase() === '100-continue';
  if (asked && !(res as { _sent100?: boolean })._sent100 && !req.complete) res.writeContinue();
}
