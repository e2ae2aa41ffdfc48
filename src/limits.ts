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
  judgeText: {
    value: 262_144,
    unit: 'characters',
    what: 'scorer or optimiser, as JSON in text',
    beyond: '400 `invalid_field`',
  },
  judgeEscapes: {
    value: 8,
    unit: 'levels',
    what: 'escapes that stand for escapes, in the text of a scorer or optimiser',
    beyond: '403 `platform_admin_only`',
  },
} as const satisfies Record<string, Limit>;
