import type { Field, Operation } from '../src/catalog/types.ts';

/**
 * Gives fields the older name that clients still write beside the current one (`older-names` in openapi/gateway.yaml).
 *
 * Only for requests that MLflow parses as a protobuf message: protobuf ignores a name that the message lacks, and of two names that
 * it has the newer one wins.
 *
 * @example
 * new OlderNames({ run_uuid: 'run_id' }).apply(deleteRun); // its field run_id has `older: 'run_uuid'`
 */
export class OlderNames {
  readonly #byName: ReadonlyMap<string, string>;
  readonly #used = new Set<string>();

  constructor(given: Readonly<Record<string, string>>) {
    this.#byName = new Map(Object.entries(given).map(([older, name]) => [name, older]));
  }

  apply(operation: Operation): Operation {
    if (!operation.message) return operation;
    return {
      ...operation,
      query: operation.query.map((field) => this.#named(field)),
      bodyFields: operation.bodyFields.map((field) => this.#named(field)),
    };
  }

  /** Older names of fields that no operation has. */
  problems(): string[] {
    const idle = [...this.#byName.keys()].filter((name) => !this.#used.has(name));
    return idle.map((name) => `older-names: there is no field ${name}`);
  }

  #named(field: Field): Field {
    const older = this.#byName.get(field.name);
    if (older === undefined || field.type !== 'string' || field.repeated) return field;
    this.#used.add(field.name);
    return { ...field, older };
  }
}
