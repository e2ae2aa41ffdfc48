import { readFileSync } from 'node:fs';
import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../src/catalog/types.ts';
import { mlflowVersion } from '../harness/mlflow-version.ts';
import type { Draft } from '../harness/requests/draft.ts';
import { isServed } from '../harness/requests/served-operations.ts';
import type { StrategyUnderTest } from '../harness/strategies/strategy-under-test.ts';
import { type Answer, closeCallers } from '../harness/wire-caller.ts';
import type { Family } from '../harness/world/family.ts';
import { HERE, makeWorld, THERE, type World } from '../harness/world/world.ts';
import { namesSomething, type Whole } from './cases/foreign-references.ts';
import { exampleOf, isHarmless, ordinaryDraft, spends } from './examples/index.ts';
import { leaksIn, textsOf } from './leak-detection.ts';
import { differences, readAll, type Snapshot } from './snapshot.ts';
import { Tally } from './tally.ts';

const EXPERIMENT = /"experiment_?[iI]d":\s*"?(\d+)/g;
/** Kinds that are the same for every tenant. */
const PUBLIC: ReadonlySet<string> = new Set(['static-file']);

/** The shared state of the suite's checks: the world, a snapshot of the other tenant's data, and the counts. */
export class SuiteContext {
  readonly strategy: StrategyUnderTest;
  readonly tally = new Tally();
  #world: World | undefined;
  /** Resources that operations change without deleting or renaming them. */
  #writes: Family | undefined;
  readonly #wholes = new Map<Operation, Whole>();
  #secrets: readonly string[] = [];
  #foreignExperiments: ReadonlySet<string> = new Set();
  #baseline: Snapshot = new Map();

  constructor(strategy: StrategyUnderTest) {
    this.strategy = strategy;
  }

  /** Starts MLflow and the gateway, and makes the other tenant's resources. About 30 s. */
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
    // Short ones (a version, an experiment's number) occur in responses for other reasons.
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
    if (this.#world === undefined) throw new Error('call prepare() first');
    return this.#world;
  }

  /** Texts and ids that only the other tenant knows. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  /** The last snapshot of the other tenant's data. */
  get baseline(): Snapshot {
    return this.#baseline;
  }

  /** A family of the attacking tenant for requests to an operation. */
  familyFor(operation: Operation): Family {
    if (isHarmless(operation)) return this.world.here;
    return spends(operation) ? this.world.here.fresh() : this.#writes!;
  }

  /** The other tenant's own request to an operation, when it names a resource. */
  wholeOf(operation: Operation): Whole | undefined {
    return this.#wholes.get(operation);
  }

  /** The other tenant's families that requests to these operations could harm. */
  watched(operations: readonly Operation[]): readonly Family[] {
    const families = operations.flatMap((operation) => this.#wholes.get(operation)?.family ?? []);
    return [...new Set([this.world.there, ...families])];
  }

  /** Reads the other tenant's data straight from MLflow. @throws Error when a resource cannot be read */
  async read(families: readonly Family[]): Promise<Snapshot> {
    const snapshot = await readAll(this.world.direct(THERE), this.strategy.tenantWide(THERE), families);
    for (const [key, answer] of snapshot) {
      if (answer.startsWith('5')) throw new Error(`${key} answered ${answer}`);
    }
    this.tally.add('readings of the other tenant’s data');
    return snapshot;
  }

  /** Takes a new snapshot of the other tenant's data. */
  async remember(): Promise<void> {
    this.#baseline = await this.read(this.watched(OPERATIONS));
  }

  /** The changes of the other tenant's data since the snapshot. */
  async changes(operations: readonly Operation[]): Promise<readonly string[]> {
    return differences(this.#baseline, await this.read(this.watched(operations)));
  }

  /** Texts and ids of the other tenant in a response that its request did not contain. */
  leaks(answer: Answer, draft: Draft): readonly string[] {
    const said = textsOf(draft);
    return [...leaksIn(answer.text, said, this.#secrets), ...this.#experimentsIn(answer.text, said)];
  }

  /**
   * Data of the other tenant in the attacking tenant's own resources: a foreign id that was accepted and stored
   * may occur there, but no data of its resource.
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
