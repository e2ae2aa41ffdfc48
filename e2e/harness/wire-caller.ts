import { Agent, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

/** One request as it goes on the wire: nothing is resolved, encoded or added but `host` and `content-length`. */
export interface Wire {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** A list sends the header that many times. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Buffer | undefined;
}

/** An answer read to its end. */
export class Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;

  constructor(status: number, headers: Answer['headers'], text: string) {
    this.status = status;
    this.headers = headers;
    this.text = text;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The parsed body, or `{}` when it is not a JSON object. */
  // biome-ignore lint/suspicious/noExplicitAny: MLflow's answers are read field by field
  get json(): any {
    try {
      return JSON.parse(this.text) ?? {};
    } catch {
      return {};
    }
  }

  /** MLflow's `error_code`, or FastAPI's bare `detail`. */
  get errorCode(): string | undefined {
    const { error_code } = this.json as { error_code?: unknown };
    return typeof error_code === 'string' ? error_code : undefined;
  }

  /** The gateway's own reason code: present exactly when the gateway, not MLflow, answered. */
  get reason(): string | undefined {
    const { reason, request_id } = this.json as { reason?: unknown; request_id?: unknown };
    return typeof reason === 'string' && typeof request_id === 'string' ? reason : undefined;
  }

  /** For messages of failed assertions. */
  toString(): string {
    return `${this.status} ${this.text.slice(0, 600)}`;
  }
}

/** Sends requests to one server, as one caller. */
export type Caller = (wire: Wire) => Promise<Answer>;

/** What a write says when the other side has closed the connection. */
const CLOSED: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE']);

const agents = new Map<string, Agent>();

/**
 * A caller with kept-alive connections, since the suite sends tens of thousands of requests. Headers of the request
 * win over `identity`.
 *
 * @param address `unix:/path.sock` or `http://host:port`
 * @example
 * const alice = makeCaller(gateway.address, { authorization: `Bearer ${token}` });
 * const answer = await alice({ method: 'GET', path: '/version', headers: {}, body: undefined });
 */
export function makeCaller(address: string, identity: Readonly<Record<string, string>>): Caller {
  const server = address.startsWith('unix:')
    ? { socketPath: address.slice('unix:'.length), host: 'localhost' }
    : { host: new URL(address).hostname, port: new URL(address).port };
  const agent = agents.get(address) ?? new Agent({ keepAlive: true, maxSockets: 8, scheduling: 'lifo' });
  agents.set(address, agent);
  const send = (wire: Wire): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const outgoing = request({
        ...server,
        agent,
        path: wire.path,
        method: wire.method,
        headers: {
          // Node sends the body of a DELETE without any length unless told.
          ...(wire.body === undefined ? {} : { 'content-length': String(wire.body.length) }),
          ...identity,
          ...wire.headers,
        } as OutgoingHttpHeaders,
        timeout: 30_000,
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer: ${wire.method} ${wire.path}`)));
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('error', reject).on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve(new Answer(incoming.statusCode!, incoming.headers, Buffer.concat(chunks).toString('utf8'))),
        );
      });
      outgoing.end(wire.body);
    });
  return async (wire) => {
    try {
      return await send(wire);
    } catch (error) {
      // The server closed an idle connection just as it was taken (RFC 9112 section 9.6).
      if (!CLOSED.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
      return send(wire);
    }
  };
}

/** Sends bytes, since Node's client writes methods in capitals, and returns all that comes back until it is closed. */
export function sendRaw(address: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host: hostname, port: Number(port), timeout: 10_000 }, () =>
      socket.write(bytes),
    );
    socket.setEncoding('utf8').on('data', (piece) => {
      text += piece;
    });
    socket.on('timeout', () => socket.destroy(new Error(`no end of the answer to ${bytes}`)));
    socket.on('error', reject).on('close', () => resolve(text));
  });
}

/** Closes idle connections, so that the test process can end. */
export function closeCallers(): void {
  for (const agent of agents.values()) agent.destroy();
  agents.clear();
}
