import type { ConfigError } from './config-error.ts';
import { suggest } from './suggest.ts';
import type { Variable } from './variable.ts';

/** The environment, as `process.env` gives it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The text of a variable and the name it was set by. */
export interface RawValue {
  readonly setBy: string;
  readonly text: string;
}

/**
 * Reads the text of one variable under its name or an alias. Blank is the same as not set, since charts and compose
 * files write unset values as empty text. Blanks around a value (the line end of a mounted secret) are dropped.
 */
export function readRaw(env: Environment, variable: Variable): RawValue | ConfigError | undefined {
  const found: RawValue[] = [];
  for (const name of [variable.name, ...(variable.aliases ?? [])]) {
    const text = env[name]?.trim() ?? '';
    if (text !== '') found.push({ setBy: name, text });
  }
  const [first, ...more] = found;
  if (first === undefined) return undefined;
  const other = more.find(({ text }) => text !== first.text);
  if (other === undefined) return first;
  return {
    variable: first.setBy,
    problem: `and ${other.setBy} are the same setting and have different values`,
    fix: `Set only ${variable.name}.`,
  };
}

/** Lists unknown variables with the prefix `GW_`: a misspelt name must not silently leave a protection off. */
export function unknownVariables(env: Environment, variables: readonly Variable[]): ConfigError[] {
  const known = variables.map((variable) => variable.name);
  const services = servicePrefixes(env);
  return Object.keys(env)
    .filter((name) => name.startsWith('GW_') && !known.includes(name) && env[name] !== undefined)
    .filter((name) => !services.some((prefix) => isServiceLink(name, prefix)))
    .sort()
    .map((name) => {
      const near = suggest(name, known);
      const fix = near === undefined ? 'Remove it.' : `Did you mean ${near}? Otherwise remove it.`;
      return { variable: name, problem: 'is not a variable of this gateway', fix };
    });
}

/**
 * Kubernetes gives every container variables for each Service of the namespace, so one called `gw` sets
 * `GW_SERVICE_HOST`, `GW_PORT` and more. They are recognised by occurring together.
 * https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
function servicePrefixes(env: Environment): string[] {
  return Object.keys(env)
    .map((name) => /^(GW(?:_[A-Z0-9_]+)?)_SERVICE_HOST$/.exec(name)?.[1])
    .filter((prefix) => prefix !== undefined)
    .filter((prefix) => /^\d+$/.test(env[`${prefix}_SERVICE_PORT`] ?? ''));
}

const LINK =
  /^(?:SERVICE_HOST|SERVICE_PORT(?:_[A-Z0-9_]+)?|PORT(?:_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?)$/;

function isServiceLink(name: string, prefix: string): boolean {
  return name.startsWith(`${prefix}_`) && LINK.test(name.slice(prefix.length + 1));
}
