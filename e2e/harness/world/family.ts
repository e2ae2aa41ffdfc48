import { randomBytes } from 'node:crypto';
import type { Operation } from '../../../src/catalog/types.ts';
import { toWire } from '../requests/draft.ts';
import { draftOf, NotServed, operationOf, type Send, type Values } from '../requests/operations.ts';
import { isServed } from '../requests/served-operations.ts';
import { unknownId } from '../requests/unknown-id.ts';
import type { Answer, Caller } from '../wire-caller.ts';

/** The tenant that owns a family of resources: its callers, and the marker in its data. */
export interface Owner {
  readonly tenant: string;
  /** The caller that sends an operation to make a resource: an admin, or another caller that is permitted. */
  callFor(operation: Operation): Caller;
  /** A platform-admin of the tenant. */
  readonly across: Caller;
  /** The address of model providers and webhook receivers (`http://127.0.0.1:port`). */
  readonly outside: string;
  /** A random text in every name, tag, parameter, description and artifact of the owner. */
  readonly marker: string;
  /** The root of the tenant's artifacts under MLflow's artifact routes, or an empty string. */
  readonly artifactRoot: string;
  /** Makes a resource that no API makes, such as a job without a job runner (in an experiment). */
  seed(kind: string, experiment?: string): Promise<string>;
}

/** Makes a resource of one kind for a family and returns its id or name. */
export type Maker = (family: Family) => Promise<string>;
export type Makers = Readonly<Record<string, Maker>>;

let serial = 0;

/**
 * Related resources of one tenant: the run is in the experiment, the assessment on the trace. Each is
 * made on first use, so a family costs only the resources that a case needs; `fresh()` starts another one, for operations
 * that change or delete resources.
 *
 * @example
 * const family = new Family(owner, MAKERS);
 * await family.id('run'); // also makes the experiment
 * await family.id('experiment-name'); // the name of that experiment
 */
export class Family {
  readonly owner: Owner;
  readonly #makers: Makers;
  readonly #made = new Map<string, Promise<string>>();
  readonly #learnt = new Set<string>();
  /** Kinds that this MLflow does not have: their ids are unknown to MLflow. */
  readonly #lacking = new Set<string>();

  constructor(owner: Owner, makers: Makers) {
    this.owner = owner;
    this.#makers = makers;
  }

  /**
   * The id of the family's resource of a kind of the catalog or of makers/. If this MLflow
   * has no such kind, an unknown id.
   */
  id(kind: string): Promise<string> {
    const known = this.#made.get(kind);
    if (known !== undefined) return known;
    const make = this.#makers[kind];
    if (make === undefined) throw new Error(`makers/ cannot make a ${kind}`);
    const made = make(this).catch((error: unknown) => {
      if (!(error instanceof NotServed)) throw error;
      this.#lacking.add(kind);
      return unknownId(kind);
    });
    this.#made.set(kind, made);
    return made;
  }

  /** Whether the resource was made already. */
  has(kind: string): boolean {
    return this.#made.has(kind) && !this.#lacking.has(kind);
  }

  /** Whether this MLflow has no such kind, as an attempt to make it has shown. */
  lacks(kind: string): boolean {
    return this.#lacking.has(kind);
  }

  /** Every id and name made so far, by its kind. */
  async all(): Promise<ReadonlyMap<string, string>> {
    const pairs = [...this.#made].map(async ([kind, id]) => [kind, await id] as const);
    const all = await Promise.all(pairs);
    return new Map(all.filter(([kind]) => !this.#lacking.has(kind)));
  }

  /** Whether `learn` was called with the kind. */
  learnt(kind: string): boolean {
    return this.#learnt.has(kind);
  }

  /** Keeps an id or name that another maker has produced. */
  learn(kind: string, value: string): void {
    this.#learnt.add(kind);
    this.#made.set(kind, Promise.resolve(value));
  }

  fresh(): Family {
    return new Family(this.owner, this.#makers);
  }

  /** A new name that carries the owner's marker: lower case letters, digits and hyphens. */
  name(label: string): string {
    return `${this.owner.marker}-${label}-${++serial}`;
  }

  /** A new name without the marker, for names that two tenants share. */
  plain(label: string): string {
    return `shared-${label}-${randomBytes(4).toString('hex')}-${++serial}`;
  }

  /** Text that carries the owner's marker. */
  text(label: string): string {
    return `${this.owner.marker} ${label}`;
  }

  /**
   * Sends a request as the owner, or as another caller.
   *
   * @throws {NotServed} when this MLflow does not have the operation
   * @throws Error when it does not succeed
   */
  async do(operationId: string, values: Values = {}, as?: Caller): Promise<Answer> {
    const operation = operationOf(operationId);
    if (!isServed(operation)) throw new NotServed(operationId);
    const answer = await (as ?? this.owner.callFor(operation))(toWire(draftOf(operation, values)));
    if (!answer.ok) throw new Error(`${this.owner.tenant}: ${operationId} answered ${answer}`);
    return answer;
  }
  /** `do` for the functions of resources.ts. */
  readonly send: Send = async (operationId, values) => (await this.do(operationId, values)).json;
}
