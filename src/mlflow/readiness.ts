import { CALL_VALUES } from '../catalog/generated/catalog.ts';
import type { StrategyName } from '../catalog/strategy-name.ts';
import { DenialError } from '../denial.ts';
import { DEFAULT_WORKSPACE, WORKSPACE_HEADER } from '../http/workspace-header.ts';
import { LIMITS } from '../limits.ts';
import type { Upstream } from '../upstream/types.ts';
import { judgeResponse, readObject, type Unusable } from '../upstream/unusable-response.ts';
import { callOperation, writeCall } from './call.ts';

const PURPOSE = 'searchExperiments';
/** The request, as messages name it. */
const WHAT = 'a search for experiments';
const ASK_MS = LIMITS.readinessTime.value * 1_000;
const GOOD_MS = LIMITS.readinessFresh.value * 1_000;
const GRACE_MS = LIMITS.readinessGrace.value * 1_000;
/** A problem is checked again sooner, so that a pod that recovers is used soon. */
const BAD_MS = 1_000;
/** The longest wait of a probe while the last success still counts. */
const PATIENCE_MS = 1_000;

/**
 * Sends MLflow the request that a tenant would send: a search for experiments, under the `workspaces` strategy in a workspace.
 * MLflow's health check, version and server-info prove nothing: they are exempt from its host check and from its auth apps.
 *
 * @returns the problem; `undefined` if the request works. Never rejects
 * @example
 * const found = await askAsTenant(upstream, 'tags', { prefix: config.upstream.pathPrefix });
 */
export async function askAsTenant(
  upstream: Pick<Upstream, 'ask' | 'host'>,
  strategy: StrategyName,
  { prefix }: { readonly prefix?: string | undefined },
): Promise<Unusable | undefined> {
  const headers = strategy === 'workspaces' ? { [WORKSPACE_HEADER]: DEFAULT_WORKSPACE } : {};
  const call = writeCall(callOperation(PURPOSE), CALL_VALUES[PURPOSE] ?? {}, headers);
  try {
    const answer = await upstream.ask(call, { timeoutMs: ASK_MS });
    // A custom workspace provider need not have the default workspace; MLflow then answers with its own error code.
    if (strategy === 'workspaces' && answer.status === 404 && saysNotThere(answer.body)) return undefined;
    return judgeResponse(answer, { what: WHAT, prefix, host: upstream.host });
  } catch (error) {
    const why = error instanceof DenialError ? error.message.replace(/\.$/, '') : 'it could not be sent';
    return { why: `${WHAT} failed: ${why}`, passing: true };
  }
}

const saysNotThere = (body: Buffer): boolean => readObject(body)?.error_code === 'RESOURCE_DOES_NOT_EXIST';

export interface ReadinessCheckOptions {
  readonly upstream: Pick<Upstream, 'ask' | 'host'>;
  /** The strategy in force; without one the check sends no request. */
  readonly strategy: () => StrategyName | undefined;
  /** MLflow's static prefix, where it has one. */
  readonly prefix?: string | undefined;
  readonly log: { warn(facts: object, message: string): void; info(facts: object, message: string): void };
  /** Milliseconds that only grow; for tests. */
  readonly now?: () => number;
}

/**
 * Checks for `/readyz` whether an operation that tenants use works.
 *
 * - A success counts for 5 seconds, a problem for one; concurrent probes share one request to MLflow.
 * - A refusal (401, 403, 404, a redirect, a page) counts immediately: it does not go away by itself.
 * - No response, or 5xx, counts only once the last success is 20 seconds old: an MLflow that is busy for a moment must not take all
 *   gateways out of service, as they would load it more when they come back. Until then a probe waits at most one second.
 *
 * @example
 * const working = new ReadinessCheck({ upstream, strategy: () => chooser.current()?.name, log });
 * await working.problem(); // undefined, or a sentence
 */
export class ReadinessCheck {
  readonly #options: ReadinessCheckOptions;
  readonly #now: () => number;
  #strategy: StrategyName | undefined;
  #problem: string | undefined;
  /** When the current result expires. */
  #knownUntil = Number.NEGATIVE_INFINITY;
  #goodAt = Number.NEGATIVE_INFINITY;
  #inFlight: Promise<void> | undefined;

  constructor(options: ReadinessCheckOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Why tenants' requests fail; `undefined` if they work, and while there is no strategy. */
  async problem(): Promise<string | undefined> {
    const strategy = this.#options.strategy();
    if (strategy !== this.#strategy) this.#forget(strategy);
    if (strategy === undefined) return undefined;
    if (this.#now() < this.#knownUntil) return this.#problem;
    this.#inFlight ??= this.#ask(strategy);
    await (this.#stillCounts() ? firstOf(this.#inFlight, PATIENCE_MS) : this.#inFlight);
    return this.#problem;
  }

  #forget(strategy: StrategyName | undefined): void {
    this.#strategy = strategy;
    this.#problem = undefined;
    this.#knownUntil = Number.NEGATIVE_INFINITY;
    this.#goodAt = Number.NEGATIVE_INFINITY;
    this.#inFlight = undefined;
  }

  #stillCounts(): boolean {
    return this.#now() - this.#goodAt < GRACE_MS;
  }

  async #ask(strategy: StrategyName): Promise<void> {
    const { upstream, prefix } = this.#options;
    const found = await askAsTenant(upstream, strategy, { prefix });
    // The result belongs to a strategy that is no longer in force.
    if (strategy !== this.#strategy) return;
    this.#inFlight = undefined;
    const before = this.#problem;
    const now = this.#now();
    if (found === undefined) {
      this.#goodAt = now;
      this.#problem = undefined;
    } else if (!found.passing) {
      this.#goodAt = Number.NEGATIVE_INFINITY;
      this.#problem = found.why;
    } else if (!this.#stillCounts()) this.#problem = found.why;
    this.#knownUntil = now + (found === undefined ? GOOD_MS : BAD_MS);
    if (this.#problem !== undefined && this.#problem !== before)
      this.#options.log.warn({ why: this.#problem }, 'MLflow does not serve the requests of tenants');
    else if (this.#problem === undefined && before !== undefined)
      this.#options.log.info({}, 'MLflow serves the requests of tenants');
  }
}

/** Resolves when `work` does, at the latest after `ms` milliseconds; `work` never rejects. */
async function firstOf(work: Promise<void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
