import type { FieldClass } from './field-classes.ts';

/** Scalar wire types, named after those of protobuf. `any` is arbitrary JSON. */
export type WireType =
  | 'string'
  | 'int32'
  | 'int64'
  | 'double'
  | 'boolean'
  | 'enum'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'any'
  | 'object'
  | 'map';

/** The largest value of a field. Codegen sets a bound for each list, map and string, from src/limits.ts or the policy. */
export interface Bounds {
  /** Most items of a list; most keys of a map. */
  readonly maxItems?: number;
  /** Longest string (each item in a list, each key in a map), in UTF-16 code units. */
  readonly maxLength?: number;
  /** Largest number. */
  readonly max?: number;
}

/** One field of a request, as strictly as the gateway parses it. */
export interface Field extends Bounds {
  readonly name: string;
  readonly type: WireType;
  readonly repeated?: true;
  readonly required?: true;
  /**
   * MLflow treats null as a value ("clear this field"), so the gateway forwards it. Only in operations with `nulls`, which refuse null
   * at other fields. Codegen sets it where null bears on no check (codegen/nulls.ts).
   */
  readonly nullable?: true;
  /** For `enum`. */
  readonly values?: readonly string[];
  /** The numbers of `values`, in their order, where protobuf parses the field. */
  readonly numbers?: readonly number[];
  /** For `int32` and `int64`: unsigned. */
  readonly unsigned?: true;
  /** For `double`: has the range of a 32-bit number. */
  readonly single?: true;
  /** At most one field of a message may have the same `oneof`: protobuf parses nothing that follows a second one. */
  readonly oneof?: string;
  /** The name that older clients send instead of this one, with the same value. */
  readonly older?: string;
  /** For `object`: the fields inside. For `map`: one entry named `*`. */
  readonly fields?: readonly Field[];
  /** The class of a leaf; the class of the keys of a map. Objects have none: the fields inside are classified. */
  readonly policy?: FieldClass;
}

/** A parameter in a path template. */
export interface PathParameter {
  readonly name: string;
  /** May contain slashes (the `path` converter of Flask and Starlette). */
  readonly rest?: true;
  readonly policy: FieldClass;
  /** Longest value, decoded, in UTF-16 code units. */
  readonly maxLength?: number;
}
