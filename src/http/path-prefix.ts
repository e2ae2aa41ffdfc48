import { DenialError } from '../denial.ts';
import type { Target } from './target.ts';

/** The position of a request relative to the path prefix of the gateway. */
export type Placed =
  /** Below the prefix: `target` is looked up in the catalog and by the sign-in page. */
  | { readonly target: Target; readonly redirect?: undefined }
  /** At the prefix itself, without the slash that relative links need: the location to redirect to. */
  | { readonly redirect: string; readonly target?: undefined };

/**
 * The path under which the whole gateway is served (`GW_PATH_PREFIX`), if an Ingress shares its host with other services and does not
 * remove the path.
 *
 * It is compared once, literally, with the beginning of the path as received: without decoding or case folding, and the next character
 * must be a slash. A path that is not below it is unknown (mlflow-oidc-auth #52). The prefix is removed once and the rest is looked up
 * whole, so that a path with the prefix twice is unknown too.
 *
 * @example
 * const prefix = new PathPrefix('/mlflow');
 * prefix.place('GET', parseTarget('/mlflow/version')).target; // { path: '/version', query: '' }
 * prefix.place('GET', parseTarget('/mlflow')).redirect; // '/mlflow/'
 */
export class PathPrefix {
  /** Empty for none; never ends in `/`. */
  readonly text: string;
  readonly #below: string;

  /** @param text as the configuration validated it (`pathPrefix`), or `undefined` for none */
  constructor(text = '') {
    this.text = text;
    this.#below = `${text}/`;
  }

  /**
   * Positions a request. Costs one comparison, or none without a prefix.
   *
   * @throws DenialError `unknown_operation` for a path that is not below the prefix
   */
  place(method: string | undefined, target: Target): Placed {
    const { path, query } = target;
    if (this.text === '') return { target };
    if (path.startsWith(this.#below)) return { target: { path: path.slice(this.text.length), query } };
    // The relative links of MLflow's pages would otherwise lead one level too high.
    if (path === this.text && method === 'GET')
      return { redirect: query === '' ? this.#below : `${this.#below}?${query}` };
    throw new DenialError(
      'unknown_operation',
      `Unknown path: this gateway is served below ${this.#below} (GW_PATH_PREFIX).`,
    );
  }
}
