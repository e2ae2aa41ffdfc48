import type { StrategyName } from '../catalog/strategy-name.ts';
import { DenialError } from '../denial.ts';
import { readServerFacts, type ServerFacts } from '../mlflow/server-facts.ts';
import type { Logger } from '../telemetry/log.ts';
import type { Upstream } from '../upstream/types.ts';
import type { TenancyStrategy } from './tenancy-strategy.ts';

const RETRY_MS = 1_000;
const RECHECK_MS = 30_000;

export interface StrategyChooserOptions {
  readonly wanted: WantedStrategy;
  readonly upstream: Upstream;
  /** MLflow's static prefix, where it has one. */
  readonly prefix?: string | undefined;
  readonly make: (strategy: StrategyName) => TenancyStrategy;
  readonly log: Logger;
}

/**
 * Chooses the tenancy strategy by whether MLflow has workspaces enabled, and checks again regularly: an MLflow that restarts without
 * workspaces would mix the data of all tenants. Until MLflow has answered, and while the answer contradicts the configuration, there
 * is no strategy and every request is refused.
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

  /** Starts the checks. Resolves after the first one, whatever its result. */
  async start(): Promise<void> {
    await this.#check();
  }

  /** Why there is no strategy; `undefined` if there is one. */
  problem(): string | undefined {
    return this.#current === undefined ? this.#why : undefined;
  }

  /** The strategy in force. @throws DenialError `strategy_unavailable`, or `upstream_unreachable` until MLflow has answered */
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
      // The strategy stays in force while MLflow does not answer: no request reaches it in that time.
      if (this.#current === undefined)
        this.#why = `MLflow's features cannot be read: ${(error as Error).message}`;
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

  #make(name: StrategyName): TenancyStrategy {
    const known = this.#made.get(name);
    if (known) return known;
    const made = this.#options.make(name);
    this.#made.set(name, made);
    return made;
  }
}

/** The options that enable workspaces: of MLflow itself and of the charts in common use. */
export const ENABLE_WORKSPACES =
  "--enable-workspaces (flag_options: [enable_workspaces] in MLflow's chart, extraFlags: [enableWorkspaces] in community-charts/mlflow)";

/** The values of `GW_TENANCY`. */
export type WantedStrategy = 'auto' | StrategyName;

export type ChosenStrategy =
  | { readonly strategy: StrategyName; readonly why?: undefined }
  | { readonly strategy?: undefined; readonly why: string };

/** The strategy that MLflow supports and the configuration allows, or why there is none. */
export function chooseStrategy(wanted: WantedStrategy, { workspacesEnabled }: ServerFacts): ChosenStrategy {
  if (wanted === 'workspaces' && !workspacesEnabled) {
    return {
      why: `GW_TENANCY=workspaces, but MLflow runs without workspaces: start it with ${ENABLE_WORKSPACES}`,
    };
  }
  return { strategy: wanted === 'tags' || !workspacesEnabled ? 'tags' : 'workspaces' };
}
