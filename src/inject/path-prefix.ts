import { pathPrefix } from '../config/network-types.ts';
import { tryParse } from '../config/value-type.ts';
import { optionIn } from './chart-values.ts';
import type { ServerCommand } from './server-command.ts';
import { givenVariable, type Settings } from './settings.ts';

const TYPE = pathPrefix();

/**
 * Reads MLflow's `--static-prefix` from its container: `prefix` if there is one, or `problem` if it is ambiguous or not valid as a
 * prefix of the gateway. An image or `envFrom` cannot be read: for those, the settings can give `GW_UPSTREAM_PATH_PREFIX`.
 */
export function readStaticPrefix({ prefixes }: ServerCommand): {
  readonly prefix?: string;
  readonly problem?: string;
} {
  const values = prefixes.filter((prefix) => prefix !== '');
  const [prefix] = values;
  if (prefix === undefined) return {};
  if (values.length > 1)
    return {
      problem: `MLflow is given --static-prefix several times, with different values. Keep one${optionIn('--static-prefix')}.`,
    };
  const parsed = tryParse(TYPE, prefix);
  if ('value' in parsed) return { prefix };
  return {
    problem: `The --static-prefix that MLflow is given ${parsed.invalid}, and be written out in the pod${optionIn('--static-prefix')}.`,
  };
}

/** The gateway's path prefix: from the settings, else MLflow's, so that addresses stay the same. */
export const publicPrefix = (settings: Settings, staticPrefix: string | undefined): string =>
  givenVariable(settings, 'GW_PATH_PREFIX')?.value ?? staticPrefix ?? '';
