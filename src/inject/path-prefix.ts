import { pathPrefix } from '../config/network-types.ts';
import { optionIn } from './chart-values.ts';
import type { ServerCommand } from './server-command.ts';
import { givenVariable, type Settings } from './settings.ts';

const TYPE = pathPrefix();

/**
 * MLflow's `--static-prefix` as its container says it, `undefined` for none, or why it cannot be used: it is ambiguous, or nothing that the
 * gateway can have before its paths. What stands in an image or in `envFrom` cannot be seen: the settings may then give
 * `GW_UPSTREAM_PATH_PREFIX`.
 */
export function readStaticPrefix({ prefixes }: ServerCommand): {
  readonly prefix?: string;
  readonly problem?: string;
} {
  const told = prefixes.filter((prefix) => prefix !== '');
  const [prefix] = told;
  if (prefix === undefined) return {};
  if (told.length > 1)
    return {
      problem: `MLflow is given --static-prefix several times, with different values. Keep one${optionIn('--static-prefix')}.`,
    };
  const parsed = TYPE.schema.safeParse(prefix);
  if (parsed.success) return { prefix };
  return {
    problem: `The --static-prefix that MLflow is given ${parsed.error.issues[0]!.message}, and be written out in the pod${optionIn('--static-prefix')}.`,
  };
}

/** Where the gateway of a pod is served: where the settings say, else where MLflow was, so that addresses stay as they are. */
export const publicPrefix = (settings: Settings, staticPrefix: string | undefined): string =>
  givenVariable(settings, 'GW_PATH_PREFIX')?.value ?? staticPrefix ?? '';
