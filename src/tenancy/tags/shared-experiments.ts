import type { ResourceKey } from '../reference.ts';

/**
 * The experiments that every tenant may use, each seeing its own runs (`GW_SHARED_EXPERIMENTS`).
 *
 * @example
 * new SharedExperiments(['0']).has({ kind: 'experiment', id: '0' }); // true
 */
export class SharedExperiments {
  readonly #ids: ReadonlySet<string>;

  constructor(ids: Iterable<string>) {
    this.#ids = new Set(ids);
  }

  has({ kind, id }: ResourceKey): boolean {
    return kind === 'experiment' && this.#ids.has(id);
  }
}
