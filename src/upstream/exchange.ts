import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Dispatcher } from 'undici';
import { DenialError } from '../denial.ts';
import { upstreamTimeout } from './failures.ts';
import { rawResponseHeaders } from './header-rules.ts';
import type { LocationReader } from './location.ts';
import { editWhole, isEditable, OF_THE_BODY } from './transform.ts';
import type { ForwardResult, OutgoingRequest, ResponseEdit, UpstreamResponse } from './types.ts';

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
  /** Notified of every response. */
  readonly onResponse: () => void;
}

/**
 * One request in flight: its phase, its bytes and its end. It ends once: with a result if the caller was answered or
 * left, with an error if the caller can still get another response.
 *
 * Timeouts are not timers of its own: `check` is called from one interval for all exchanges.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly ended: Promise<ForwardResult>;
  readonly outgoing: OutgoingRequest;
  /** The caller's body on its way to MLflow, where it is streamed. */
  readonly upload: PassThrough | undefined;
  /** Decides about an attempt that failed before the caller was answered. */
  onFailed: ((error: Error) => void) | undefined;
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
  /** The attempt in flight, as soon as it has a connection. */
  #sent: Dispatcher.DispatchController | undefined;
  /** Ends the response to the caller, where MLflow's response is edited. */
  #atEnd: (() => void) | undefined;
  /** MLflow's response has ended before it was passed on. */
  #complete = false;
  #onChunk: ((chunk: Buffer) => boolean) | undefined;
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
    if (outgoing.body === 'stream') this.upload = this.#readUpload();
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
  onRequestStart(sent: Dispatcher.DispatchController): void {
    this.#sent = sent;
    // It timed out while it waited for a connection: it must not reach MLflow.
    if (this.over) sent.abort(new Error('the exchange is over'));
    else if (this.upload !== undefined) continueIfAsked(this.#req, this.#res);
  }

  /** The head of MLflow's response is here. */
  onResponseStart(sent: Dispatcher.DispatchController, status: number, headers: Headers): void {
    // Informational responses are for the gateway's own connection.
    if (status < 200) return;
    this.#options.onResponse();
    const confirm = this.#confirm;
    if (confirm === undefined) {
      this.#passOn(sent, status, headers);
      return;
    }
    sent.pause();
    confirm()
      .then(() => {
        this.#passOn(sent, status, headers);
        if (this.#complete) this.#atEnd?.();
        else sent.resume();
      })
      .catch((error: Error) => {
        this.#answered?.();
        this.fail(error);
      });
  }

  onResponseData(sent: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#onChunk?.(chunk) === false) sent.pause();
  }

  onResponseEnd(): void {
    // A response without a body may end before it is confirmed.
    if (this.#atEnd === undefined) this.#complete = true;
    else this.#atEnd();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#phase !== 'answering') {
      if (!this.over) this.onFailed?.(error);
      return;
    }
    this.#res.destroy();
    this.onClosed();
  }

  #readUpload(): PassThrough {
    const req = this.#req;
    // Chunks count one by one on its way out, since undici would otherwise announce the length of a body that has ended already.
    const upload = new PassThrough({
      writableHighWaterMark: SMALL,
      readableObjectMode: true,
      readableHighWaterMark: 1,
    });
    req.on('data', (chunk: Buffer) => {
      this.#bytesIn += chunk.length;
    });
    // Without a listener it would end the process; the attempt reports it.
    upload.on('error', () => {});
    req.on('error', (error) => upload.destroy(error));
    upload.once('end', () => {
      if (this.#phase === 'sending') this.#enter('waiting');
    });
    req.pipe(upload);
    return upload;
  }

  #passOn(sent: Dispatcher.DispatchController, status: number, fields: Headers): void {
    const res = this.#res;
    this.#answered?.();
    if (this.over || res.destroyed) {
      sent.abort(new Error('the caller has left'));
      return;
    }
    this.#enter('answering');
    const edit = this.#edit && isEditable(status, fields) ? this.#edit : undefined;
    const headers = rawResponseHeaders(
      textOf(sent.rawHeaders),
      [fields.connection].flat()[0],
      this.#responseHeaders,
      this.#options.location,
      edit && OF_THE_BODY,
    );
    if (edit !== undefined && Number(fields['content-length']) <= SMALL) {
      this.#passSmall(status, headers, edit);
      return;
    }
    res.writeHead(status < 600 ? status : 502, headers);
    res.on('drain', () => sent.resume());
    if (edit !== undefined) {
      this.#passEdited(edit);
      return;
    }
    this.#onChunk = (chunk) => {
      this.#bytesOut += chunk.length;
      return res.write(chunk);
    };
    this.#atEnd = () => res.end();
  }

  /** Most responses are small: they are sent in one write, with their length. */
  #passSmall(status: number, headers: string[], edit: ResponseEdit): void {
    const chunks: Buffer[] = [];
    this.#onChunk = (chunk) => chunks.push(chunk) > 0;
    this.#atEnd = () => {
      const body = editWhole(edit, Buffer.concat(chunks));
      headers.push('content-length', String(body.length));
      this.respondWhole(status, headers, body);
    };
  }

  #passEdited(edit: ResponseEdit): void {
    const res = this.#res;
    // One write a chunk, since each write is framed separately.
    const write = (pieces: readonly Buffer[]): boolean => {
      if (pieces.length === 0) return true;
      const bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
      this.#bytesOut += bytes.length;
      return res.write(bytes);
    };
    this.#onChunk = (chunk) => write(edit.push(chunk));
    this.#atEnd = () => {
      write(edit.end());
      res.end();
    };
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
      this.#reject(error);
    }
    this.abandon(error);
  }

  /** Ends the attempt in flight; the rest of the caller's body stays unread. */
  abandon(why: Error): void {
    if (this.upload !== undefined) {
      this.#req.unpipe(this.upload);
      this.upload.destroy();
    }
    this.#sent?.abort(why);
  }

  /** Ends it if it stalled for too long. */
  check(now: number): void {
    if (this.#phase === 'over') return;
    const { requestTimeoutMs, streamIdleTimeoutMs } = this.#options;
    const { body, awaitsStorage } = this.outgoing;
    const connecting = this.#sent === undefined;
    if (this.#phase === 'waiting' || (this.#phase === 'sending' && connecting)) {
      // MLflow answers after it has stored an upload, or fetched a download, in a store that may be far away: it has the idle
      // timeout.
      const patient = (body === 'stream' || awaitsStorage) && !connecting;
      const limit = patient ? Math.max(requestTimeoutMs, streamIdleTimeoutMs) : requestTimeoutMs;
      if (now - this.#movedAt > limit) this.fail(upstreamTimeout(limit));
      return;
    }
    const moved = traffic(this.#req.socket) + this.#bytesOut + taken(this.upload);
    if (moved !== this.#moved) {
      this.#moved = moved;
      this.#movedAt = now;
    } else if (now - this.#movedAt > streamIdleTimeoutMs) this.fail(this.#whoStopped(streamIdleTimeoutMs));
  }

  #whoStopped(ms: number): DenialError {
    const upstream = this.#sent === undefined || this.upload?.writableNeedDrain === true;
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

/** Bytes of an upload that undici has taken. */
function taken(upload: PassThrough | undefined): number {
  return upload === undefined ? 0 : -upload.readableLength - upload.writableLength;
}

type Headers = UpstreamResponse['headers'];

/** Header fields as Node's parser has them: each byte a character. */
function textOf(raw: Dispatcher.DispatchController['rawHeaders']): string[] {
  const fields = raw as readonly Buffer[];
  const text = new Array<string>(fields.length);
  for (let i = 0; i < fields.length; i++) text[i] = fields[i]!.toString('latin1');
  return text;
}

/**
 * Sends 100 Continue to a caller that waits with the body (RFC 9110 section 10.1.1). A server without a
 * `checkContinue` listener has sent it already.
 */
function continueIfAsked(req: IncomingMessage, res: ServerResponse): void {
  const expected = req.headers.expect?.toLowerCase() === '100-continue';
  if (expected && !(res as { _sent100?: boolean })._sent100 && !req.complete) res.writeContinue();
}
