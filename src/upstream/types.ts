import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Lease } from '../http/body-budget.ts';

/** A request that the gateway wrote. The only bytes of the caller that reach MLflow are those of a streamed body. */
export interface OutgoingRequest {
  readonly method: string;
  /** Path and query, canonically encoded. */
  readonly path: string;
  /** Lower-case names; complete (nothing is added but `host`, `connection`, `content-length`). */
  readonly headers: Readonly<Record<string, string>>;
  /** A buffer written by the gateway, `stream` for the caller's own body as it arrives, `undefined` for none. */
  readonly body: Buffer | 'stream' | undefined;
  /** It changes nothing, with any method: it need not be finished for a caller who has left. */
  readonly reads?: boolean;
  /** MLflow answers after its artifact store has, which may take longer than MLflow itself. */
  readonly awaitsStorage?: boolean;
  /** For the gateway's own requests: the path is at the root of MLflow, with any static prefix. */
  readonly atRoot?: boolean;
}

export interface ForwardResult {
  readonly status: number;
  /** Body bytes received from the caller and sent to the caller. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** True if the caller left, or MLflow closed the connection, before the response was complete. */
  readonly aborted: boolean;
}

/** A buffered response of MLflow, for lookups and probes. */
export interface UpstreamResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Changes a response while it streams. It never throws, and passes on unknown content. */
export interface ResponseEdit {
  push(chunk: Buffer): readonly Buffer[];
  /** The remaining bytes at the end of the response. */
  end(): readonly Buffer[];
}

/** Options for a forwarded request. */
export interface ForwardOptions {
  /** Receives the whole JSON response (status 200) and returns the caller's body. */
  readonly transform?: ((response: UpstreamResponse) => Promise<Buffer> | Buffer) | undefined;
  /** Changes a successful JSON response as it streams; after `transform`, if there is one. */
  readonly edit?: ResponseEdit | undefined;
  /**
   * Called as soon as MLflow has answered, however slowly the caller reads. With it, a write is sent to its end even if
   * the caller leaves.
   */
  readonly answered?: (() => void) | undefined;
  /** Reserves the memory for a response that is read whole. */
  readonly lease?: Lease | undefined;
  /** Called once MLflow has answered; if it rejects, nothing of the response is passed on. */
  readonly confirm?: (() => Promise<void>) | undefined;
}

/** MLflow, seen from the gateway. */
export interface Upstream {
  /**
   * Sends `outgoing` and streams the response to the caller, both with back-pressure.
   * Throws `DenialError` (`upstream_unreachable`, `upstream_timeout`) as long as nothing was sent to the caller.
   */
  forward(
    req: IncomingMessage,
    res: ServerResponse,
    outgoing: OutgoingRequest,
    responseHeaders: Readonly<Record<string, string>>,
    options?: ForwardOptions,
  ): Promise<ForwardResult>;
  /** Sends a request of the gateway's own and reads a response of at most `limit` bytes. */
  ask(
    outgoing: OutgoingRequest,
    options?: { readonly timeoutMs?: number; readonly limit?: number },
  ): Promise<UpstreamResponse>;
  /** For the audit line: where requests go (`unix:/run/mlflow.sock`, `http://host:port`). */
  readonly name: string;
  /** The `Host` in requests to MLflow. */
  readonly host?: string;
  /** Checks whether MLflow answers its health check now. */
  reachable(): Promise<{ readonly ok: true } | { readonly ok: false; readonly why: string }>;
  close(): void;
}
