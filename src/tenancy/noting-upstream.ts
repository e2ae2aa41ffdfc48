import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ForwardResult, OutgoingRequest, Upstream, UpstreamAnswer } from '../upstream/types.ts';
import { callOperation, writeCall } from './call.ts';

/** A request that would have been sent. */
export interface Noted {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * An MLflow that is not there: nothing is sent, every look-up is answered with yes and noted. What
 * `mlflow-gateway explain` and tests of the pipeline put in MLflow's place.
 */
export class NotingUpstream implements Upstream {
  readonly name = 'none';
  readonly asked: Noted[] = [];
  forwarded: Noted | undefined;
  readonly #serverInfo = writeCall(callOperation('serverInfo'), {}, {}).path;

  async forward(
    _req: IncomingMessage,
    res: ServerResponse,
    outgoing: OutgoingRequest,
  ): Promise<ForwardResult> {
    this.forwarded = noted(outgoing);
    res.writeHead(200).end();
    return { status: 200, bytesIn: 0, bytesOut: 0, aborted: false };
  }

  async ask(outgoing: OutgoingRequest): Promise<UpstreamAnswer> {
    if (outgoing.path === this.#serverInfo) return yes({ workspaces_enabled: true });
    this.asked.push(noted(outgoing));
    return yes({});
  }

  async reachable(): Promise<{ readonly ok: true }> {
    return { ok: true };
  }

  close(): void {}
}

const yes = (body: object): UpstreamAnswer => ({
  status: 200,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});

function noted({ method, path, headers, body }: OutgoingRequest): Noted {
  const shown = Buffer.isBuffer(body) ? (JSON.parse(body.toString('utf8')) as unknown) : body;
  return { method, path, headers, ...(shown === undefined ? {} : { body: shown }) };
}
