/** A bound on what one caller, or all callers together, can make the gateway do. */
export interface Limit {
  readonly value: number;
  /** How `value` is written in the documentation. */
  readonly unit: 'bytes' | 'characters' | 'items' | 'levels' | 'seconds' | 'milliseconds' | 'times';
  /** What is bounded, as a noun phrase. */
  readonly what: string;
  /** What a caller gets, or what the gateway does, beyond the bound. */
  readonly beyond: string;
  /** The variable that sets it, where one does; `value` is then its default. */
  readonly setting?: string;
}

/**
 * Every bound of the gateway that a caller can meet, in one table: the code reads `value`, and codegen writes the table
 * of limits in SECURITY.md. A bound that is not here is not documented, so put it here.
 *
 * @example
 * if (raw.length > LIMITS.targetLength.value) throw new DenialError('malformed_path', '...');
 */
export const LIMITS = {
  targetLength: {
    value: 16_384,
    unit: 'characters',
    what: 'request target',
    beyond: '400 `malformed_path`',
  },
  lookupsPerRequest: {
    value: 1_000,
    unit: 'items',
    what: 'different resources in one request (a GraphQL document is one) that MLflow has to be asked about',
    beyond: '400 `invalid_field`, before MLflow is asked anything',
  },
  lookupsAtOncePerRequest: {
    value: 8,
    unit: 'items',
    what: 'look-ups under way for one request',
    beyond: 'the next one begins when one has ended; after the first refusal none begins',
  },
  lookupsAtOncePerTenant: {
    value: 16,
    unit: 'items',
    what: 'look-ups under way for one tenant',
    beyond: 'they wait for one another',
  },
  lookupsAtOnce: {
    value: 32,
    unit: 'items',
    what: 'look-ups under way for all tenants',
    beyond: 'they wait, and tenants take turns',
  },
  unknownInSearch: {
    value: 1_000,
    unit: 'items',
    what: 'resources in one search under `tags` of which the gateway does not know whether they are the tenant’s',
    beyond: '400 `invalid_field`',
  },
  listedForSearch: {
    value: 500,
    unit: 'items',
    what: 'names of the tenant’s that a search is narrowed to under `tags`, where the search has no filter for tags',
    beyond: '400 `invalid_field`',
  },
} as const satisfies Record<string, Limit>;
