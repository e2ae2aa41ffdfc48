import type { ConfigError } from './config-error.ts';
import { type Environment, unknownVariables } from './environment.ts';
import { INJECT_VARIABLES, SHARED_WITH_INJECT } from './inject-variables.ts';
import { readVariable } from './read-values.ts';
import type { ValueOf, Variable } from './variable.ts';

const TABLE = { ...INJECT_VARIABLES, ...SHARED_WITH_INJECT } as const;

/** The configuration of `mlflow-gateway inject`; durations in milliseconds. */
export type InjectConfig = { readonly [K in keyof typeof TABLE]: ValueOf<(typeof TABLE)[K]> };

/**
 * Turns environment variables into the webhook's configuration, or into the list of all errors. Pure, like
 * `loadConfig`.
 */
export function loadInjectConfig(
  env: Environment,
): { readonly config: InjectConfig } | { readonly errors: readonly ConfigError[] } {
  const errors: ConfigError[] = [];
  const values = Object.entries<Variable>(TABLE).map(([key, variable]) => {
    const read = readVariable(env, variable);
    if ('error' in read) errors.push(read.error);
    return [key, 'error' in read ? undefined : read.value];
  });
  const config = Object.fromEntries(values) as InjectConfig;
  if (config.drainDelayMs > config.drainMs)
    errors.push({
      variable: SHARED_WITH_INJECT.drainDelayMs.name,
      problem: `is longer than ${SHARED_WITH_INJECT.drainMs.name}, which includes it`,
      fix: `Shorten the delay, or increase ${SHARED_WITH_INJECT.drainMs.name}.`,
    });
  errors.push(...unknownVariables(env, Object.values(TABLE)));
  return errors.length > 0 ? { errors } : { config };
}
