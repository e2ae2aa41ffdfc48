import { randomBytes } from 'node:crypto';
import { OPERATIONS } from '../../../src/catalog/generated/catalog.ts';
import type { Operation } from '../../../src/catalog/types.ts';
import { absentId } from './absent.ts';
import type { Answer, Caller } from './caller.ts';
import { type Draft, toWire } from './draft.ts';
import { MAKERS } from './makers/index.ts';
import { isServed, servedMount } from './served.ts';

const BY_ID = new Map(OPERATIONS.map((operation) => [operation.id, operation]));

/** The operation with this id. @throws Error when the catalog lacks it */
export function operationOf(id: string): Operation {
  const operation = BY_ID.get(id);
  if (operation === undefined) throw new Error(`the catalog has no operation ${id}`);
  return operation;
}

/** What a request to an operation holds; path parameters are replaced by their values. */
export interface Values {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Record<string, unknown>;
  readonly raw?: Buffer;
}

/** A request to an operation; the mount is one that this MLflow serves, if there is one. */
export function draftOf(operation: Operation, values: Values = {}, template?: string): Draft {
  return {
    operation,
    template: template ?? servedMount(operation) ?? operation.paths[0],
    path: values.path ?? {},
    query: values.query ?? {},
    headers: values.headers ?? {},
    body: values.body ?? (operation.body === 'json' ? {} : undefined),
    raw: values.raw,
  };
}

/** Who makes resources: a tenant's admin through the gateway, and the words that give the tenant's data away. */
export interface Owner {
  readonly tenant: string;
  /** How the tenant sends an operation when it makes something: as an admin, or as whoever may. */
  callFor(operation: Operation): Caller;
  /** Somebody of the tenant who is platform-admin. */
  readonly across: Caller;
  /** Where model providers and webhook receivers are (`http://127.0.0.1:port`). */
  readonly outside: string;
  /** In every name, tag, parameter, description and artifact the owner writes; nobody can guess it. */
  readonly marker: string;
  /** Where the tenant's artifacts begin under MLflow's artifact routes, or an empty string. */
  readonly artifactRoot: string;
  /** Makes what no API can, such as a job without a job runner (in an experiment). */
  seed(kind: string, experiment?: string): Promise<string>;
}

/** What was asked for takes an operation that this MLflow does not have. */
export class NotServed extends Error {}

let serial = 0;

/**
 * Resources of one tenant that belong together: its run is in its experiment, its assessment on its trace. Each is
 * made when first asked for, so a family costs only what a case needs; `fresh()` starts another one, for operations
 * that change or destroy.
 *
 * @example
 * const family = new Family(owner);
 * await family.id('run'); // also makes the experiment
 * await family.id('experiment-name'); // the name of that experiment
 */
export class Family {
  readonly owner: Owner;
  readonly #made = new Map<string, Promise<string>>();
  readonly #learnt = new Set<string>();
  /** Kinds that this MLflow does not have: of them the family has an id that is nobody's. */
  readonly #lacking = new Set<string>();

  constructor(owner: Owner) {
    this.owner = owner;
  }

  /**
   * The id of the family's resource of a kind: a kind of the catalog, or one more that makers/ knows. Where this MLflow
   * has no such kind it is one of nobody's.
   */
  id(kind: string): Promise<string> {
    const known = this.#made.get(kind);
    if (known !== undefined) return known;
    const make = MAKERS[kind];
    if (make === undefined) throw new Error(`makers/ cannot make a ${kind}`);
    const made = make(this).catch((error: unknown) => {
      if (!(error instanceof NotServed)) throw error;
      this.#lacking.add(kind);
      return absentId(kind);
    });
    this.#made.set(kind, made);
    return made;
  }

  /** Whether the resource was made already. */
  has(kind: string): boolean {
    return this.#made.has(kind) && !this.#lacking.has(kind);
  }

  /** Whether it was tried to make the resource, and this MLflow has no such kind. */
  lacks(kind: string): boolean {
    return this.#lacking.has(kind);
  }

  /** Every id and name made so far, by its kind. */
  async all(): Promise<ReadonlyMap<string, string>> {
    const pairs = [...this.#made].map(async ([kind, id]) => [kind, await id] as const);
    const all = await Promise.all(pairs);
    return new Map(all.filter(([kind]) => !this.#lacking.has(kind)));
  }

  /** Whether `learn` was told. */
  learnt(kind: string): boolean {
    return this.#learnt.has(kind);
  }

  /** Remembers what was learnt while another resource was made. */
  learn(kind: string, value: string): void {
    this.#learnt.add(kind);
    this.#made.set(kind, Promise.resolve(value));
  }

  fresh(): Family {
    return new Family(this.owner);
  }

  /** A new name that carries the owner's marker: lower case letters, digits and hyphens. */
  name(label: string): string {
    return `${this.owner.marker}-${label}-${++serial}`;
  }

  /** A new name that gives nobody away, for names that two tenants are to share. */
  plain(label: string): string {
    return `shared-${label}-${randomBytes(4).toString('hex')}-${++serial}`;
  }

  /** Text that carries the owner's marker. */
  text(label: string): string {
    return `${this.owner.marker} ${label}`;
  }

  /**
   * Sends a request as the owner, or as somebody else.
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
}
