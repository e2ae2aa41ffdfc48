import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { unzipSync } from 'node:zlib';
import { listenOnLoopback } from '../../../dev/loopback.ts';

/** One request of a client and its answer, as they were on the wire. */
export interface WireCall {
  readonly method: string;
  /** Path with query. */
  readonly target: string;
  /** JSON where it is JSON, the text where it is other text, else its length: `<17 bytes>`. */
  readonly body: unknown;
  /** 0 when the connection ended without an answer. */
  readonly status: number;
  readonly answer: unknown;
}

/** A relay on loopback that records requests and responses. */
export interface Recorder {
  /** `http://127.0.0.1:1234`, the server address of the client. */
  readonly address: string;
  /** In the order in which the requests came. */
  calls(): readonly WireCall[];
  stop(): Promise<void>;
}

const MOST_KEPT = 1024 * 1024;
const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/**
 * Starts a relay to a server. Header lines pass unchanged, offers to upgrade included, so that the server gets what
 * the client asked.
 *
 * @param target `http://127.0.0.1:5000`: an MLflow or a gateway
 * @param authorization given to requests without one, for clients that cannot send it
 * @param workspace the `X-MLFLOW-WORKSPACE` of requests without one, straight at an MLflow that has workspaces
 * @example
 * const recorder = await startRecorder(stack.gateway.address, `Bearer ${token}`);
 * await runGo({ MLFLOW_TRACKING_URI: recorder.address });
 * recorder.calls().map(({ method, target, status }) => `${method} ${target} ${status}`);
 */
export async function startRecorder(
  target: string,
  authorization?: string,
  workspace?: string,
): Promise<Recorder> {
  const { hostname, port } = new URL(target);
  const slots: { call?: WireCall }[] = [];
  const server = createServer((req, res) => {
    const slot: { call?: WireCall } = {};
    slots.push(slot);
    relay(req, res, { hostname, port, authorization, workspace }).then(
      (call) => {
        slot.call = call;
      },
      () => res.destroy(),
    );
  });
  const { address, stop } = await listenOnLoopback(server);
  return {
    address,
    calls: () => slots.flatMap(({ call }) => (call === undefined ? [] : [call])),
    stop,
  };
}

interface Place {
  readonly hostname: string;
  readonly port: string;
  readonly authorization: string | undefined;
  readonly workspace: string | undefined;
}

function relay(req: IncomingMessage, res: ServerResponse, to: Place): Promise<WireCall> {
  return new Promise((resolve) => {
    const { method = 'GET', url: target = '/' } = req;
    const asked = new Kept(req.headers['content-type'], req.headers['content-encoding']);
    const done = (status: number, answer: unknown): void =>
      resolve({ method, target, body: asked.value(), status, answer });
    const headers = [...req.rawHeaders];
    if (to.authorization !== undefined && req.headers.authorization === undefined)
      headers.push('Authorization', to.authorization);
    if (to.workspace !== undefined && req.headers['x-mlflow-workspace'] === undefined)
      headers.push('X-MLFLOW-WORKSPACE', to.workspace);
    const outgoing = request(
      { host: to.hostname, port: to.port, method, path: target, headers, setHost: false },
      (answer) => {
        const got = new Kept(answer.headers['content-type'], answer.headers['content-encoding']);
        res.writeHead(answer.statusCode!, withoutHopByHop(answer.rawHeaders));
        answer.on('data', (chunk: Buffer) => {
          got.add(chunk);
          res.write(chunk);
        });
        answer.on('end', () => {
          done(answer.statusCode!, got.value());
          res.end();
        });
        answer.on('error', () => {
          done(0, got.value());
          res.destroy();
        });
      },
    );
    outgoing.on('error', (error) => {
      done(0, error.message);
      res.destroy();
    });
    req.on('data', (chunk: Buffer) => {
      asked.add(chunk);
      outgoing.write(chunk);
    });
    req.on('end', () => outgoing.end());
    req.on('error', () => outgoing.destroy());
  });
}

function withoutHopByHop(raw: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < raw.length; at += 2)
    if (!HOP_BY_HOP.has(raw[at]!.toLowerCase())) out.push(raw[at]!, raw[at + 1]!);
  return out;
}

/** The beginning of a body, and its encoding. */
class Kept {
  readonly #type: string;
  readonly #packed: boolean;
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #length = 0;

  constructor(type = '', encoding = '') {
    this.#type = type;
    this.#packed = encoding === 'gzip' || encoding === 'deflate';
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#kept > MOST_KEPT) return;
    this.#kept += chunk.length;
    this.#chunks.push(chunk);
  }

  value(): unknown {
    if (this.#length === 0) return undefined;
    const textual = /json|text|x-www-form-urlencoded/.test(this.#type);
    if (this.#length > MOST_KEPT) return `<${this.#length} bytes>`;
    // Packed, two bodies of one length have two lengths: ids and times in them are packed too.
    const bytes = this.#unpacked();
    if (!textual) return `<${bytes.length} bytes>`;
    const text = bytes.toString('utf8');
    // A client may upload a JSON file as text.
    if (!this.#type.includes('json') && !/^\s*[{[]/.test(text)) return text;
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  }

  #unpacked(): Buffer {
    const bytes = Buffer.concat(this.#chunks);
    if (!this.#packed) return bytes;
    try {
      return unzipSync(bytes);
    } catch {
      return bytes;
    }
  }
}
