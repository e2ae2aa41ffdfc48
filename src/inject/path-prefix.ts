import { pathPrefix } from '../config/network-types.ts';
import { Refusal } from './refusal.ts';
import type { ServerCommand } from './server-command.ts';
import type { Settings } from './settings.ts';

const TYPE = pathPrefix();

/**
 * MLflow's `--static-prefix` as its container says it; `undefined` for none. What stands in an image or in `envFrom` cannot be
 * seen: the settings may then give `GW_UPSTREAM_PATH_PREFIX`.
 *
 * @throws Refusal when it is ambiguous, or nothing that the gateway can have before its paths
 */
export function readStaticPrefix({ prefixes }: ServerCommand): string | undefined {
  const told = prefixes.filter((prefix) => prefix !== '');
  const [prefix] = told;
  if (prefix === undefined) return undefined;
  if (told.length > 1)
    throw new Refusal('MLflow is given --static-prefix several times, with different values. Keep one.');
  const parsed = TYPE.schema.safeParse(prefix);
  if (parsed.success) return prefix;
  throw new Refusal(
    `The --static-prefix that MLflow is given ${parsed.error.issues[0]!.message}, and be written out in the pod.`,
  );
}

/** Where the gateway of a pod is served: where the settings say, else where MLflow was, so that addresses stay as they are. */
export function publicPrefix({ gateway }: Settings, staticPrefix: string | undefined): string {
  const given = gateway.env.find(({ name }) => name === 'GW_PATH_PREFIX');
  return given?.value ?? staticPrefix ?? '';
}
