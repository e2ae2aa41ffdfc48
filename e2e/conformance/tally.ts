import { OPERATIONS } from '../../src/catalog/generated/catalog.ts';
import { placesOf } from '../harness/requests/places.ts';

/** What the suite did, printed at its end: a suite that tries nothing passes too. */
export class Tally {
  readonly #counts = new Map<string, number>();
  readonly #notes = new Map<string, Set<string>>();
  readonly #tried = new Set<string>();
  readonly #skips = new Map<string, Set<string>>();
  readonly #leftOut = new Map<string, Set<string>>();

  add(what: string, by = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + by);
  }

  skip(operationId: string, why: string): void {
    this.#skips.set(why, (this.#skips.get(why) ?? new Set()).add(operationId));
  }

  /** Says that something of the catalog was not tried, for a reason that is the same for several. */
  leaveOut(what: string, name: string): void {
    this.#leftOut.set(what, (this.#leftOut.get(what) ?? new Set()).add(name));
  }

  /** Counts, and says where. */
  note(what: string, where: string): void {
    this.add(what);
    this.#notes.set(what, (this.#notes.get(what) ?? new Set()).add(where));
  }

  /** Records that the other tenant's resource was named at a place. */
  try(place: string): void {
    this.#tried.add(place);
  }

  tried(place: string): boolean {
    return this.#tried.has(place);
  }

  toString(): string {
    const fields = OPERATIONS.map((operation) => placesOf(operation));
    const references = fields.flat().filter(({ policy }) => policy.class === 'reference');
    const lines = [
      `operations ${OPERATIONS.length}, on ${OPERATIONS.reduce((sum, { paths }) => sum + paths.length, 0)} mounts`,
      `request fields ${fields.flat().length}, of them references ${references.length}`,
      ...[...this.#counts].map(([what, count]) => `${what} ${count}`),
      ...[...this.#notes].map(([what, places]) => `${what}: ${[...places].join(', ')}`),
      ...[...this.#leftOut].map(
        ([what, names]) => `left out, ${what}: ${names.size}: ${[...names].join(', ')}`,
      ),
      ...[...this.#skips].map(([why, ids]) => `no success of its own (${why}): ${[...ids].join(', ')}`),
    ];
    return lines.join('\n  ');
  }
}
