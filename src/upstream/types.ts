import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lease } from '../http/body-budget.ts';

/** The request the gateway wrote itself; nothing of the caller's bytes reaches MLflow except a streamed body. */
export interface OutgoingRequest {
  readonly method: string;
  /** Path and query, canonically encoded. */
  readonly path: string;
  /** Lower-case names; complete (nothing is added but `host`, `connection`, `content-length`). */
  readonly headers: Readonly<Record<string, string>>;
  /** A buffer written by the gateway, `stream` for the caller's own body as it arrives, `undefined` for none. */
  readonly body: Buffer | 'stream' | undefined;
  /** It changes nothing whatever its method: there is no need to have it done for a caller who has left. */
  readonly reads?: boolean;
  /** MLflow answers when its artifact store has, which may take longer than MLflow itself does. */
  readonly awaitsStorage?: boolean;
  /** Of the gateway's own: it is at the root of MLflow, whatever its static prefix. */
  readonly atRoot?: boolean;
}

export interface ForwardResult {
  readonly status: number;
  /** Body bytes received from the caller and sent to the caller. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** True when the caller went away, or the upstream broke, before the response was complete. */
  readonly aborted: boolean;
}

/** A buffered answer from MLflow, for look-ups and probes. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Changes an answer while it streams by. It throws nothing, and passes on what it does not understand. */
export interface AnswerEdit {
  push(chunk: Buffer): readonly Buffer[];
  /** What is left when the answer has ended. */
  end(): readonly Buffer[];
}

/** What else concerns a request on its way. */
export interface ForwardOptions {
  /** Receives the whole JSON answer (status 200) and returns what the caller gets. */
  readonly transform?: ((answer: UpstreamAnswer) => Promise<Buffer> | Buffer) | undefined;
  /** Changes a successful JSON answer as it streams by; after `transform`, where there is one. */
  readonly edit?: AnswerEdit | undefined;
  /**
   * Called as soon as MLflow has answered, however slowly the caller reads; and what changes something is then sent to
   * its end even if the caller leaves.
   */
  readonly answered?: (() => void) | undefined;
  /** Takes the memory for an answer that is read whole. */
  readonly lease?: Lease | undefined;
  /** Asked once MLflow has answered; if it rejects, nothing of the answer is passed on. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

/** MLflow, seen from the gateway. */
export interface Upstream {
  /**
   * Sends `outgoing` and streams the answer to the caller, both with back-pressure.
   * Throws `DenialError` (`upstream_unreachable`, `upstream_timeout`) as long as nothing was sent to the caller.
   */
  forward(
    req: IncomingMessage,
    res: ServerResponse,
    outgoing: OutgoingRequest,
    responseHeaders: Readonly<Record<string, string>>,
    options?: ForwardOptions,
  ): Promise<ForwardResult>;
  /** Asks MLflow something of the gateway's own; `limit` bytes at most. */
  ask(
    outgoing: OutgoingRequest,
    options?: { readonly timeoutMs?: number; readonly limit?: number },
  ): Promise<UpstreamAnswer>;
  /** For the audit line: where requests go (`unix:/run/mlflow.sock`, `http://host:port`). */
  readonly name: string;
  /** What MLflow sees as `Host`. */
  readonly host?: string;
  /** Looks whether MLflow answers its health check now. */
  reachable(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
  close(): void;
}
