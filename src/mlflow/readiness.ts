import { CALL_VALUES } from '../catalog/generated/catalog.ts';
import { DenialError } from '../denial.ts';
import { DEFAULT_WORKSPACE, WORKSPACE_HEADER } from '../http/workspace-header.ts';
import { LIMITS } from '../limits.ts';
import type { TenancyStrategy } from '../tenancy/tenancy-strategy.ts';

import type { Upstream } from '../upstream/types.ts';
import { judgeAnswer, readObject, type Unusable } from '../upstream/unusable-answer.ts';
import { callOperation, writeCall } from './call.ts';

type StrategyName = TenancyStrategy['name'];

const PURPOSE = 'searchExperiments';
/** How the question is called in sentences. */
const WHAT = 'a search for experiments';
const ASK_MS = LIMITS.readinessTime.value * 1_000;
const GOOD_MS = LIMITS.readinessFresh.value * 1_000;
const GRACE_MS = LIMITS.readinessGrace.value * 1_000;
/** A problem is looked at again sooner, so that a pod that works again is used soon. */
const BAD_MS = 1_000;
/** How long somebody waits who asks while the last success still counts. */
const PATIENCE_MS = 1_000;

/**
 * Asks MLflow what a tenant's request would ask: a search for experiments, in a workspace where tenants are workspaces. MLflow's
 * health check, version and server-info pass where nothing else does: they are exempt from its host check, and its auth apps let
 * them through.
 *
 * @returns what is wrong; `undefined` when it works. Never rejects
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
    // A provider of workspaces of one's own need not have the default one: MLflow says so in its own words.
    if (strategy === 'workspaces' && answer.status === 404 && saysNotThere(answer.body)) return undefined;
    return judgeAnswer(answer, { what: WHAT, prefix, host: upstream.host });
  } catch (error) {
    const why = error instanceof DenialError ? error.message.replace(/\.$/, '') : 'it could not be asked';
    return { why: `${WHAT} failed: ${why}`, passing: true };
  }
}

const saysNotThere = (body: Buffer): boolean => readObject(body)?.error_code === 'RESOURCE_DOES_NOT_EXIST';

export interface WorkingCheckOptions {
  readonly upstream: Pick<Upstream, 'ask' | 'host'>;
  /** The strategy in force; nothing is asked without one. */
  readonly strategy: () => StrategyName | undefined;
  /** MLflow's static prefix, where it has one. */
  readonly prefix?: string | undefined;
  readonly log: { warn(facts: object, message: string): void; info(facts: object, message: string): void };
  /** Milliseconds that only grow; for tests. */
  readonly now?: () => number;
}

/**
 * Whether an operation that tenants use works, for `/readyz`.
 *
 * - An answer counts for 5 seconds, a problem for one; however many ask at once, MLflow is asked once.
 * - A refusal (401, 403, 404, a redirect, a page) counts at once: it does not pass by itself.
 * - No answer, or 5xx, counts only when the last success is 20 seconds old: an MLflow that is busy for a moment must not take all
 *   gateways out of service, which would make it busier when they come back. Until then nobody waits longer than a second.
 *
 * @example
 * const working = new WorkingCheck({ upstream, strategy: () => chooser.current()?.name, log });
 * await working.problem(); // undefined, or a sentence
 */
export class WorkingCheck {
  readonly #options: WorkingCheckOptions;
  readonly #now: () => number;
  #strategy: StrategyName | undefined;
  #problem: string | undefined;
  /** Until when what is known counts. */
  #knownUntil = Number.NEGATIVE_INFINITY;
  #goodAt = Number.NEGATIVE_INFINITY;
  #underWay: Promise<void> | undefined;

  constructor(options: WorkingCheckOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Why tenants' requests cannot work; `undefined` when they do, and while no strategy is chosen. */
  async problem(): Promise<string | undefined> {
    const strategy = this.#options.strategy();
    if (strategy !== this.#strategy) this.#forget(strategy);
    if (strategy === undefined) return undefined;
    if (this.#now() < this.#knownUntil) return this.#problem;
    this.#underWay ??= this.#ask(strategy);
    await (this.#countsStill() ? firstOf(this.#underWay, PATIENCE_MS) : this.#underWay);
    return this.#problem;
  }

  #forget(strategy: StrategyName | undefined): void {
    this.#strategy = strategy;
    this.#problem = undefined;
    this.#knownUntil = Number.NEGATIVE_INFINITY;
    this.#goodAt = Number.NEGATIVE_INFINITY;
    this.#underWay = undefined;
  }

  #countsStill(): boolean {
    return this.#now() - this.#goodAt < GRACE_MS;
  }

  async #ask(strategy: StrategyName): Promise<void> {
    const { upstream, prefix } = this.#options;
    const found = await askAsTenant(upstream, strategy, { prefix });
    // Asked for a strategy that is no longer in force: what is known now is of another question.
    if (strategy !== this.#strategy) return;
    this.#underWay = undefined;
    const before = this.#problem;
    const now = this.#now();
    if (found === undefined) {
      this.#goodAt = now;
      this.#problem = undefined;
    } else if (!found.passing) {
      this.#goodAt = Number.NEGATIVE_INFINITY;
      this.#problem = found.why;
    } else if (!this.#countsStill()) this.#problem = found.why;
    this.#knownUntil = now + (found === undefined ? GOOD_MS : BAD_MS);
    if (this.#problem !== undefined && this.#problem !== before)
      this.#options.log.warn({ why: this.#problem }, 'MLflow does not serve what tenants ask');
    else if (this.#problem === undefined && before !== undefined)
      this.#options.log.info({}, 'MLflow serves what tenants ask');
  }
}

/** Waits for the first of the two; `work` never rejects. */
async function firstOf(work: Promise<void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  await Promise.race([work, promise]);
  clearTimeout(timer);
}
