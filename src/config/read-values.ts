import type { Values } from './config.ts';
import type { ConfigError } from './config-error.ts';
import { type Environment, type RawValue, readRaw } from './environment.ts';
import { VARIABLES } from './schema.ts';
import { quote, tryParse } from './value-type.ts';
import type { Variable } from './variable.ts';

/** The value of each variable, and the variables that are set. */
export interface ReadValues {
  readonly values: Values;
  /** Variables with an invalid value; their entry in `values` is meaningless. */
  readonly broken: ReadonlySet<string>;
  /** The name by which each variable was set. */
  readonly setBy: ReadonlyMap<string, string>;
  readonly errors: readonly ConfigError[];
}

/** Reads and checks every variable of the table on its own. */
export function readValues(env: Environment): ReadValues {
  const errors: ConfigError[] = [];
  const broken = new Set<string>();
  const setBy = new Map<string, string>();

  const readOne = (variable: Variable): unknown => {
    const result = readVariable(env, variable);
    if ('setBy' in result && result.setBy !== undefined) setBy.set(variable.name, result.setBy);
    if (!('error' in result)) return result.value;
    broken.add(variable.name);
    errors.push(result.error);
    return undefined;
  };

  const values = Object.fromEntries(
    Object.entries(VARIABLES).map(([group, table]) => [
      group,
      Object.fromEntries(Object.entries(table).map(([key, variable]) => [key, readOne(variable)])),
    ]),
  ) as unknown as Values;
  return { values, broken, setBy, errors };
}

type One = { value: unknown; setBy?: string | undefined } | { error: ConfigError; setBy?: string };

/** Reads one variable: its value (the default when not set), or its error. */
export function readVariable(env: Environment, variable: Variable): One {
  const raw = readRaw(env, variable);
  if (raw !== undefined && 'problem' in raw) return { error: raw, setBy: raw.variable };
  if (raw === undefined && variable.required) {
    return { error: { variable: variable.name, problem: 'is not set', fix: setTo(variable) } };
  }
  const text = raw?.text ?? variable.default;
  if (text === undefined) return { value: undefined };
  const parsed = tryParse(variable.type, text);
  if ('value' in parsed) return { value: parsed.value, setBy: raw?.setBy };
  const setBy = raw?.setBy ?? variable.name;
  const problem = `${shown(variable, raw)}${parsed.invalid}`;
  return { error: { variable: setBy, problem, fix: setTo(variable) }, setBy };
}

/** The sentence that shows how a variable is set. */
export function setTo(variable: Variable): string {
  return `For example: ${variable.name}=${variable.example}`;
}

function shown(variable: Variable, raw: RawValue | undefined): string {
  return raw === undefined || variable.secret ? '' : `is ${quote(raw.text)} but `;
}
