import type { IncomingMessage, ServerResponse } from 'node:http';
import { DESCRIBED_VERSION, KINDS, OPERATIONS, TAG_ITEM } from '../catalog/generated/catalog.ts';
import { CatalogIndex, isMatch } from '../catalog/match.ts';
import type {
  ForwardOptions,
  ForwardResult,
  OutgoingRequest,
  Upstream,
  UpstreamAnswer,
} from '../upstream/types.ts';
import { callOperation, writeCall } from './call.ts';

/** A request that would have been sent. */
export interface Noted {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What an MLflow that is not there pretends to be. */
export interface Assumed {
  readonly workspacesEnabled: boolean;
  /** The key of the tag that names the owner of everything looked up. */
  readonly tagKey?: string;
}

/**
 * An MLflow that is not there: nothing is sent, every look-up is answered with yes (and, without workspaces, with the
 * owner's tag) and noted. What `mlflow-gateway explain` and tests of the pipeline put in MLflow's place.
 */
export class NotingUpstream implements Upstream {
  readonly name = 'none';
  readonly asked: Noted[] = [];
  forwarded: Noted | undefined;
  /** Whose everything looked up is. */
  owner = '';
  /** The id of what everything looked up is in. */
  container = '1';
  readonly #assumed: Assumed;
  readonly #index = new CatalogIndex(OPERATIONS);
  readonly #serverInfo = writeCall(callOperation('serverInfo'), {}, {}).path;
  readonly #version = writeCall(callOperation('version'), {}, {}).path;

  constructor(assumed: Assumed = { workspacesEnabled: true }) {
    this.#assumed = assumed;
  }

  async forward(
    _req: IncomingMessage,
    res: ServerResponse,
    outgoing: OutgoingRequest,
    _headers?: unknown,
    { answered, confirm }: ForwardOptions = {},
  ): Promise<ForwardResult> {
    this.forwarded = noted(outgoing);
    await confirm?.();
    answered?.();
    res.writeHead(200).end();
    return { status: 200, bytesIn: 0, bytesOut: 0, aborted: false };
  }

  async ask(outgoing: OutgoingRequest): Promise<UpstreamAnswer> {
    const { workspacesEnabled } = this.#assumed;
    if (outgoing.path === this.#serverInfo) return yes({ workspaces_enabled: workspacesEnabled });
    if (outgoing.path === this.#version) return yes(DESCRIBED_VERSION);
    this.asked.push(noted(outgoing));
    return yes(this.#answerTo(outgoing));
  }

  /** The least that a look-up must answer for the resource to be there and the tenant's. */
  #answerTo({ method, path }: OutgoingRequest): object {
    const { tagKey } = this.#assumed;
    const match = this.#index.find(method, path.split('?', 1)[0]!);
    const lookup = isMatch(match)
      ? KINDS.find((kind) => kind.lookup?.operation === match.operation.id)?.lookup
      : undefined;
    if (tagKey === undefined || lookup === undefined) return {};
    const { tags, container, names } = lookup;
    const answer = tags ? nested(tags, [{ [TAG_ITEM.key]: tagKey, [TAG_ITEM.value]: this.owner }]) : {};
    const further = [container && nested(container.id, this.container), names && nested(names.id, '1')];
    return further.reduce<Record<string, unknown>>((all, one) => (one ? merged(all, one) : all), answer);
  }

  async reachable(): Promise<{ readonly ok: true }> {
    return { ok: true };
  }

  close(): void {}
}

function nested(path: string, value: unknown): Record<string, unknown> {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<
    string,
    unknown
  >;
}

function merged(a: Record<string, unknown>, b: Record<string, unknown>): Record<string, unknown> {
  const out = { ...a };
  for (const [name, value] of Object.entries(b)) {
    const known = out[name];
    out[name] =
      typeof known === 'object' && known !== null
        ? merged(known as Record<string, unknown>, value as Record<string, unknown>)
        : value;
  }
  return out;
}

const yes = (body: object | string): UpstreamAnswer => ({
  status: 200,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});

function noted({ method, path, headers, body }: OutgoingRequest): Noted {
  const shown = Buffer.isBuffer(body) ? (JSON.parse(body.toString('utf8')) as unknown) : body;
  return { method, path, headers, ...(shown === undefined ? {} : { body: shown }) };
}
