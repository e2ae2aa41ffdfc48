import { loadConfig } from '../../config/load.ts';
import type { Address } from '../address.ts';

/**
 * Reads an address as `GW_TARGET_BASE_URL` has it, for tests.
 *
 * @throws Error with the messages of the configuration
 * @example
 * parseAddress('unix:/run/mlflow/mlflow.sock'); // { kind: 'unix', path: '/run/mlflow/mlflow.sock' }
 */
export function parseAddress(text: string): Address {
  const loaded = loadConfig({ GW_TARGET_BASE_URL: text, GW_AUTH_MODE: 'off' }, { serverFeatures: [] });
  if ('errors' in loaded) throw new Error(loaded.errors.map(({ problem }) => problem).join('\n'));
  return loaded.config.upstream.target;
}
