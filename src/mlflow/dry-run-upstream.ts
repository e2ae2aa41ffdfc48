import type { IncomingMessage, ServerResponse } from 'node:http';
import { DESCRIBED_VERSION, KINDS, OPERATIONS, SERVER_INFO, TAG_ITEM } from '../catalog/generated/catalog.ts';
import { splitPath, wrapAt } from '../catalog/json-path.ts';
import { CatalogIndex, isMatch } from '../catalog/match.ts';
import type {
  ForwardOptions,
  ForwardResult,
  OutgoingRequest,
  Upstream,
  UpstreamResponse,
} from '../upstream/types.ts';
import { callOperation, writeCall } from './call.ts';

/** A request that would have been sent to MLflow. */
export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The MLflow that a dry run assumes. */
export interface Assumed {
  readonly workspacesEnabled: boolean;
  /** The key of the tenant tag of every resource. */
  readonly tagKey?: string;
}

/**
 * An upstream that sends nothing. It records each request, and answers each lookup as if the resource existed and, without
 * workspaces, belonged to `owner`. It takes MLflow's place in `mlflow-gateway explain` and in tests of the pipeline.
 *
 * @example
 * const upstream = new DryRunUpstream({ workspacesEnabled: false, tagKey: 'tenant' });
 * upstream.owner = 'team-a';
 */
export class DryRunUpstream implements Upstream {
  readonly name = 'none';
  readonly requests: RecordedRequest[] = [];
  forwarded: RecordedRequest | undefined;
  /** The owner of every resource. */
  owner = '';
  /** The id of the container of every resource. */
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
    this.forwarded = recorded(outgoing);
    await confirm?.();
    answered?.();
    res.writeHead(200).end();
    return { status: 200, bytesIn: 0, bytesOut: 0, aborted: false };
  }

  async ask(outgoing: OutgoingRequest): Promise<UpstreamResponse> {
    const { workspacesEnabled } = this.#assumed;
    if (outgoing.path === this.#serverInfo) return yes({ [SERVER_INFO.workspaces]: workspacesEnabled });
    if (outgoing.path === this.#version) return yes(DESCRIBED_VERSION);
    this.requests.push(recorded(outgoing));
    return yes(this.#answerTo(outgoing));
  }

  /** The smallest response of a lookup with an existing resource and its owner. */
  #answerTo({ method, path }: OutgoingRequest): object {
    const { tagKey } = this.#assumed;
    const match = this.#index.find(method, path.replace(/\?.*$/s, ''));
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
  return wrapAt(splitPath(path), value) as Record<string, unknown>;
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

const yes = (body: object | string): UpstreamResponse => ({
  status: 200,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});

function recorded({ method, path, headers, body }: OutgoingRequest): RecordedRequest {
  const shown = Buffer.isBuffer(body) ? (JSON.parse(body.toString('utf8')) as unknown) : body;
  return { method, path, headers, ...(shown === undefined ? {} : { body: shown }) };
}
