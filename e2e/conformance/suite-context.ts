import { readFileSync } from 'node:fs';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../src/catalog/types.ts';
import { mlflowVersion } from '../harness/mlflow-version.ts';
import type { Draft } from '../harness/requests/draft.ts';
import { isServed } from '../harness/requests/served-operations.ts';
import type { StrategyUnderTest } from '../harness/strategies/workspaces.ts';
import { type Answer, closeCallers } from '../harness/wire-caller.ts';
import type { Family } from '../harness/world/family.ts';
import { HERE, makeWorld, THERE, type World } from '../harness/world/world.ts';
import { namesSomething, type Whole } from './cases/foreign-references.ts';
import { exampleOf, isHarmless, ordinaryDraft, spends } from './examples/index.ts';
import { leaksIn, saidBy } from './leak-detection.ts';
import { differences, readAll, type Snapshot } from './snapshot.ts';
import { Tally } from './tally.ts';

const EXPERIMENT = /"experiment_?[iI]d":\s*"?(\d+)/g;
/** Kinds that are the same for every tenant. */
const PUBLIC: ReadonlySet<string> = new Set(['static-file']);

/** What the parts of the suite share: the world, the other tenant's data as it was, and the counts. */
export class Bench {
  readonly strategy: StrategyUnderTest;
  readonly tally = new Tally();
  #world: World | undefined;
  /** Resources that operations change without using them up. */
  #writes: Family | undefined;
  readonly #wholes = new Map<Operation, Whole>();
  #secrets: readonly string[] = [];
  #foreignExperiments: ReadonlySet<string> = new Set();
  #baseline: Snapshot = new Map();

  constructor(strategy: StrategyUnderTest) {
    this.strategy = strategy;
  }

  /** Starts MLflow and the gateway, and makes what the other tenant has. About 30 s. */
  async prepare(): Promise<void> {
    const world = await makeWorld(this.strategy);
    this.#world = world;
    this.#writes = world.here.fresh();
    for (const operation of OPERATIONS.filter(isServed).filter(namesSomething)) {
      const prepared = exampleOf(operation).before !== undefined && spends(operation);
      const family = prepared ? world.there.fresh() : world.there;
      this.#wholes.set(operation, { draft: await ordinaryDraft(operation, family), family });
    }
    const families = this.watched(OPERATIONS);
    const known = await Promise.all(families.map((family) => family.all()));
    const ids = known.flatMap((all) => [...all].flatMap(([kind, id]) => (PUBLIC.has(kind) ? [] : id)));
    // Short ones (a version, an experiment's number) stand in answers for other reasons.
    const long = ids.filter((id) => id.length >= 16);
    this.#secrets = [world.there.owner.marker, THERE, ...new Set(long)];
    this.#foreignExperiments = new Set(known.flatMap((all) => all.get('experiment') ?? []));
    await this.remember();
  }

  async stop(): Promise<void> {
    console.log(`\nConformance, strategy ${this.strategy.name}, MLflow ${mlflowVersion()}:\n  ${this.tally}`);
    const gateway = this.#world?.stack.gateway;
    const gone = gateway?.gone();
    const log = gone === undefined ? '' : readFileSync(gateway!.log, 'utf8').slice(-4_000);
    await this.#world?.stop();
    closeCallers();
    if (gone !== undefined) throw new Error(`the gateway ${gone}; the end of its log:\n${log}`);
  }

  get world(): World {
    if (this.#world === undefined) throw new Error('the bench is not prepared');
    return this.#world;
  }

  /** What only the other tenant knows: its words and its ids. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** The other tenant's data as it was when it was last known to be unchanged. */
  get baseline(): Snapshot {
    return this.#baseline;
  }

  /** A family whose resources an operation of the tenant that tries may have. */
  familyFor(operation: Operation): Family {
    if (isHarmless(operation)) return this.world.here;
    return spends(operation) ? this.world.here.fresh() : this.#writes!;
  }

  /** The other tenant's own request to an operation, when it names anything. */
  wholeOf(operation: Operation): Whole | undefined {
    return this.#wholes.get(operation);
  }

  /** The other tenant's families that requests to these operations could harm. */
  watched(operations: readonly Operation[]): readonly Family[] {
    const families = operations.flatMap((operation) => this.#wholes.get(operation)?.family ?? []);
    return [...new Set([this.world.there, ...families])];
  }

  /** Reads the other tenant's data past the gateway. @throws Error when something that was made cannot be read */
  async read(families: readonly Family[]): Promise<Snapshot> {
    const snapshot = await readAll(this.world.direct(THERE), this.strategy.tenantWide(THERE), families);
    for (const [key, answer] of snapshot) {
      if (answer.startsWith('5')) throw new Error(`${key} answered ${answer}`);
    }
    this.tally.add('readings of the other tenant’s data');
    return snapshot;
  }

  /** Takes the other tenant's data as it is now for what it is to stay. */
  async remember(): Promise<void> {
    this.#baseline = await this.read(this.watched(OPERATIONS));
  }

  /** What of the other tenant's data is not as it was. */
  async changes(operations: readonly Operation[]): Promise<readonly string[]> {
    return differences(this.#baseline, await this.read(this.watched(operations)));
  }

  /** What an answer shows of the other tenant's that its request did not say. */
  leaks(answer: Answer, draft: Draft): readonly string[] {
    const said = saidBy(draft);
    return [...leaksIn(answer.text, said, this.#secrets), ...this.#experimentsIn(answer.text, said)];
  }

  /**
   * What the tenant that tries now reads of the other's in its own resources: a foreign id that was accepted and stored
   * may stand there, and nothing that it leads to.
   */
  async leftBehind(families: readonly Family[]): Promise<readonly string[]> {
    const said = (await this.world.there.all()).values().toArray();
    const seen = await readAll(this.world.as.admin, this.strategy.tenantWide(HERE), families);
    this.tally.add('readings of what foreign values left behind');
    return [...seen].flatMap(([key, text]) => {
      const shown = [...leaksIn(text, said, this.#secrets), ...this.#experimentsIn(text, said)];
      return shown.map((secret) => `afterwards ${key} shows ${secret}: ${text.slice(0, 600)}`);
    });
  }

  #experimentsIn(text: string, said: readonly string[]): readonly string[] {
    if (this.#foreignExperiments.size === 0) return [];
    const ids = new Set([...text.matchAll(EXPERIMENT)].map(([, id]) => id!));
    return [...ids]
      .filter((id) => this.#foreignExperiments.has(id) && !said.includes(id))
      .map((id) => `experiment ${id}`);
  }
}
