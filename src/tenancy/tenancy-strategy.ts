import type { Principal } from '../identity/principal.ts';
import type { CanonicalRequest } from '../request/types.ts';
import type { ResponseEdit, UpstreamResponse } from '../upstream/types.ts';
import type { Ruling } from './ruling.ts';
import type { TagPlaces } from './tag-places.ts';

/** A request whose caller is identified and permitted, for a strategy to judge. */
export interface TenancyRequest {
  readonly principal: Principal;
  /** The tenant this request is for: one of the principal's grants, or any for a platform-admin. */
  readonly tenant: string;
  readonly request: CanonicalRequest;
}

/** How an allowed request is sent, so that the tenant stays inside its own data. */
export interface TenancyVerdict {
  /** The request to send; the strategy may have rewritten it. */
  readonly request: CanonicalRequest;
  /** Headers the strategy adds. */
  readonly headers: Readonly<Record<string, string>>;
  /** Rewrites MLflow's response where it has more than the tenant may know. */
  readonly transform?: ((answer: UpstreamResponse) => Promise<Buffer> | Buffer) | undefined;
  /** Cuts the tenant tag from MLflow's response as it streams by. */
  readonly edit?: ResponseEdit | undefined;
  /** Called once MLflow has answered, before any of the response is passed on; it refuses by rejecting with a `DenialError`. */
  readonly confirm?: (() => Promise<void>) | undefined;
  /** Locked until MLflow has answered. A request that has one is sent to its end even if the caller leaves. */
  readonly nameLock?: NameLock | undefined;
}

/** Names that are locked for one request. The first call of either function unlocks them; further calls do nothing. */
export interface NameLock {
  /** MLflow has answered, or was never asked. */
  readonly release: () => void;
  /** MLflow was asked to change something and has not answered: it may still do so. */
  readonly giveUp: () => void;
}

/**
 * Keeps a tenant inside its own data, in two steps: `judge` decides everything that needs no answer of MLflow, `settle`
 * asks MLflow the rest. All implementations pass one conformance suite.
 *
 * @example
 * const ruling = strategy.judge({ principal, tenant, request });
 * const verdict = await strategy.settle(ruling);
 */
export interface TenancyStrategy<R extends Ruling = Ruling> {
  readonly name: 'workspaces' | 'tags';
  /**
   * Makes every check that needs no answer of MLflow. It is synchronous, asks nothing and changes nothing: a request that
   * is refused here costs MLflow nothing.
   *
   * @throws DenialError to refuse the request
   */
  judge(request: TenancyRequest): R;
  /**
   * Asks MLflow the ruling's questions, in order, and returns at once if there are none or the gateway knows the answers.
   * Call it once per ruling.
   *
   * @throws DenialError, or rejects with it, to refuse the request
   */
  settle(ruling: R): Promise<TenancyVerdict> | TenancyVerdict;
  /**
   * Where the tenant tag is cut from a response that has tags at these places; `undefined` if the caller sees it. The
   * requests are those that the response answers: of a GraphQL document its parts.
   */
  hiddenTag?(
    caller: TenancyRequest,
    requests: readonly CanonicalRequest[],
    places: TagPlaces,
  ): TagPlaces | undefined;
  /** Whether tags in a response name the tenant as the owner. Absent where MLflow itself separates tenants. */
  isOwn?(tags: unknown, tenant: string): boolean;
}
