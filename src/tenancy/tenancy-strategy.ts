import type { Principal } from '../identity/principal.ts';
import type { CanonicalRequest } from '../request/types.ts';
import type { AnswerEdit, UpstreamAnswer } from '../upstream/types.ts';
import type { TagPlaces } from './tag-places.ts';

/** What a strategy is given to judge a request by. */
export interface TenancyQuestion {
  readonly principal: Principal;
  /** The tenant this request is for: one of the principal's grants, or any for a platform-admin. */
  readonly tenant: string;
  readonly request: CanonicalRequest;
  readonly requestId: string;
}

/** How the request is sent so that the tenant stays inside its own data. */
export interface TenancyVerdict {
  /** The request to send; the strategy may have rewritten it. */
  readonly request: CanonicalRequest;
  /** Headers the strategy adds. */
  readonly headers: Readonly<Record<string, string>>;
  /** Rewrites MLflow's answer when it would say more than the tenant may know. */
  readonly transform?: (answer: UpstreamAnswer) => Promise<Buffer> | Buffer;
  /** Leaves out of MLflow's answer what the caller did not ask for, as it streams by. */
  readonly edit?: AnswerEdit;
  /** Asked once MLflow has answered, before any of the answer is passed on; it refuses by throwing a `DenialError`. */
  readonly confirm?: () => Promise<void>;
  /** What the strategy holds for the request until MLflow has answered. */
  readonly hold?: Hold;
}

/** Something held for one request; it is let go once, by whichever of the two is called first. */
export interface Hold {
  /** MLflow has answered, or was never asked. */
  readonly release: () => void;
  /** MLflow was asked to change something and has not answered: it may do so yet. */
  readonly giveUp: () => void;
}

/** A request that passed every check that needs no answer of MLflow's. */
export interface Judgement {
  /** At most so many different resources MLflow has to be asked about. */
  readonly lookups: number;
  /** Asks MLflow what is left to ask. To be called once. Throws, or rejects with, `DenialError` to refuse. */
  ask(): Promise<TenancyVerdict> | TenancyVerdict;
}

/**
 * Keeps a tenant inside its own data. One implementation a strategy; all pass one conformance suite.
 */
export interface TenancyStrategy {
  readonly name: 'workspaces' | 'tags';
  /**
   * Makes every check that needs no answer of MLflow's, and asks MLflow nothing: a request that is refused here costs
   * MLflow nothing, and leaves no question under way that nobody waits for.
   *
   * @throws DenialError to refuse
   */
  judge(question: TenancyQuestion): Judgement;
  /**
   * What leaves the tenant's own tag out of an answer that has tags at these places; `undefined` where it is shown. The
   * requests are those that are answered, judged before: of a GraphQL document its parts.
   */
  readonly hide?: (
    question: TenancyQuestion,
    requests: readonly CanonicalRequest[],
    places: TagPlaces,
  ) => AnswerEdit | undefined;
  /** Whether tags in an answer say that something is the tenant's. Not there where MLflow keeps tenants apart itself. */
  readonly isOwn?: (tags: unknown, tenant: string) => boolean;
}
