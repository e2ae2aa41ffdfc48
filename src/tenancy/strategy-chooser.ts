import { DenialError } from '../denial.ts';
import { callOperation, writeCall } from '../mlflow/call.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Upstream } from '../upstream/types.ts';
import { judgeAnswer, readObject, UnusableAnswer } from '../upstream/unusable-answer.ts';
import type { TenancyStrategy } from './tenancy-strategy.ts';

/** What MLflow says of itself, as far as it matters here. */
export interface ServerFacts {
  readonly workspacesEnabled: boolean;
}

const RETRY_MS = 1_000;
const RECHECK_MS = 30_000;

export interface StrategyChooserOptions {
  readonly wanted: WantedStrategy;
  readonly upstream: Upstream;
  /** MLflow's static prefix, where it has one. */
  readonly prefix?: string | undefined;
  readonly make: (strategy: 'workspaces' | 'tags') => TenancyStrategy;
  readonly log: Logger;
}

/**
 * Chooses the tenancy strategy by asking MLflow whether workspaces are enabled, and keeps asking: an MLflow that was
 * restarted without them would put every tenant's data in one place. Until it has answered, and whenever what it says
 * does not fit what is configured, there is no strategy and so no request gets through.
 */
export class StrategyChooser {
  readonly #options: StrategyChooserOptions;
  readonly #made = new Map<string, TenancyStrategy>();
  #current: TenancyStrategy | undefined;
  #why = 'MLflow has not answered yet';
  #answered = false;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: StrategyChooserOptions) {
    this.#options = options;
  }

  /** Starts asking. Resolves after the first try, whatever came of it. */
  async start(): Promise<void> {
    await this.#check();
  }

  /** Why there is no strategy; `undefined` when there is one. */
  problem(): string | undefined {
    return this.#current === undefined ? this.#why : undefined;
  }

  /** The strategy in force. @throws DenialError `strategy_unavailable`, or `upstream_unreachable` before MLflow answered */
  require(): TenancyStrategy {
    if (this.#current !== undefined) return this.#current;
    const reason = this.#answered ? 'strategy_unavailable' : 'upstream_unreachable';
    throw new DenialError(reason, `No request can be served: ${this.#why}.`, { 'retry-after': '2' });
  }

  /** The strategy in force, if there is one. */
  current(): TenancyStrategy | undefined {
    return this.#current;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const before = this.#current?.name;
    try {
      const facts = await readServerFacts(this.#options.upstream, this.#options.prefix);
      this.#answered = true;
      this.#choose(facts);
    } catch (error) {
      // An MLflow that is away for a moment keeps its strategy: nothing reaches it meanwhile anyway.
      if (this.#current === undefined)
        this.#why = `MLflow cannot be asked for its features: ${(error as Error).message}`;
    }
    if (this.#current?.name !== before) {
      this.#options.log.info(
        { strategy: this.#current?.name ?? null, why: this.problem() },
        'tenancy strategy',
      );
    }
    if (this.#closed) return;
    this.#timer = setTimeout(() => void this.#check(), this.#current ? RECHECK_MS : RETRY_MS);
    this.#timer.unref();
  }

  #choose(facts: ServerFacts): void {
    const { strategy, why } = chooseStrategy(this.#options.wanted, facts);
    this.#current = strategy === undefined ? undefined : this.#make(strategy);
    this.#why = why ?? this.#why;
  }

  #make(name: 'workspaces' | 'tags'): TenancyStrategy {
    const known = this.#made.get(name);
    if (known) return known;
    const made = this.#options.make(name);
    this.#made.set(name, made);
    return made;
  }
}

/** How MLflow is given workspaces, by hand and in the charts that people use. */
export const ENABLE_WORKSPACES =
  "--enable-workspaces (flag_options: [enable_workspaces] in MLflow's chart, extraFlags: [enableWorkspaces] in community-charts/mlflow)";

/** What `GW_TENANCY` may be. */
export type WantedStrategy = 'auto' | 'workspaces' | 'tags';

/** The strategy that MLflow can carry and the configuration allows, or why there is none. */
export function chooseStrategy(
  wanted: WantedStrategy,
  { workspacesEnabled }: ServerFacts,
): { readonly strategy?: 'workspaces' | 'tags'; readonly why?: string } {
  if (wanted === 'workspaces' && !workspacesEnabled) {
    return {
      why: `GW_TENANCY=workspaces, but MLflow runs without workspaces: start it with ${ENABLE_WORKSPACES}`,
    };
  }
  return { strategy: wanted === 'tags' || !workspacesEnabled ? 'tags' : 'workspaces' };
}

/**
 * Asks MLflow what it can do. A server too old to be asked (404) has no workspaces; but one with a static prefix cannot be
 * too old, and 404 then means that it has the question elsewhere: what it can do is unknown.
 *
 * @param prefix MLflow's static prefix
 * @throws UnusableAnswer when the answer is not MLflow's, with a sentence that says what to change
 */
export async function readServerFacts(
  upstream: Pick<Upstream, 'ask' | 'host'>,
  prefix?: string,
): Promise<ServerFacts> {
  const answer = await upstream.ask(writeCall(callOperation('serverInfo'), {}, {}), { timeoutMs: 5_000 });
  if (answer.status === 404) {
    if (prefix === undefined) return { workspacesEnabled: false };
    throw new UnusableAnswer(
      `server-info is not below ${prefix} (GW_UPSTREAM_PATH_PREFIX); MLflow 3.16 or newer has its whole API below --static-prefix`,
    );
  }
  const wrong = judgeAnswer(answer, { what: 'server-info', prefix, host: upstream.host });
  if (wrong !== undefined) throw new UnusableAnswer(wrong.why);
  return { workspacesEnabled: readObject(answer.body)?.workspaces_enabled === true };
}
