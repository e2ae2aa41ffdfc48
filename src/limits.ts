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
  socketTable: {
    value: 16 * 1024 * 1024,
    unit: 'bytes',
    what: 'the pod’s table of sockets (one row a connection) that a sidecar reads, for IPv4 and for IPv6, at most once a second',
    beyond: 'the rest is not read: it holds connections, since listening sockets come first',
  },
  foundListeners: {
    value: 20,
    unit: 'items',
    what: 'addresses that `/readyz` and the log name when something listens in the pod that must not',
    beyond: 'the others are counted',
  },
  identifyAnswer: {
    value: 256,
    unit: 'bytes',
    what: 'answer at an allowed port of the pod that is compared with MLflow’s health check and version',
    beyond: 'it is not MLflow’s',
  },
  identifyTime: {
    value: 2_000,
    unit: 'milliseconds',
    what: 'time that an address of the pod has to answer when a sidecar looks for MLflow there',
    beyond: 'what was found there before is taken to be there still',
  },
} as const satisfies Record<string, Limit>;
