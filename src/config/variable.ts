import type { ValueType } from './value-type.ts';

/** One environment variable, with all of its facts. */
export interface Variable<T = unknown> {
  readonly name: string;
  /** Other names it may be set by. */
  readonly aliases?: readonly string[];
  readonly type: ValueType<T>;
  /** As it would be written in the environment; checked like any other value. */
  readonly default?: string;
  /** Must be set in every mode. */
  readonly required?: true;
  /** Must be set under this condition, which the documentation quotes. */
  readonly requiredWhen?: string;
  /** Markdown. The first sentence is the summary. */
  readonly description: string;
  readonly example: string;
  /** The value is never shown, not even in an error. */
  readonly secret?: true;
}

/** The type of a variable's value: `undefined` only where neither a default nor `required` rules it out. */
export type ValueOf<V> =
  V extends Variable<infer T>
    ? V extends { default: string } | { required: true }
      ? T
      : T | undefined
    : never;
