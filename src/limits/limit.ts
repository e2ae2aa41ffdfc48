/** A bound on the work or memory that one caller, or all callers together, can cause. */
export interface Limit {
  readonly value: number;
  /** How `value` is written in the documentation. */
  readonly unit:
    | 'bytes'
    | 'percent'
    | 'characters'
    | 'items'
    | 'levels'
    | 'seconds'
    | 'milliseconds'
    | 'times';
  /** The bounded quantity, as a noun phrase. */
  readonly what: string;
  /** The response to the caller, or the reaction of the gateway, beyond the bound. */
  readonly beyond: string;
  /** The variable that sets it, where one does; `value` is then its default. */
  readonly setting?: string;
}
