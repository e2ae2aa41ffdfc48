import { DenialError } from '../denial.ts';
import type { Target } from './target.ts';

/** Where a request stands relative to the path that the gateway is served under. */
export type Placed =
  /** Below it: `target` is what the catalog and the sign-in page know. */
  | { readonly target: Target; readonly redirect?: undefined }
  /** At the path itself, without the slash that relative links need: where to go instead. */
  | { readonly redirect: string; readonly target?: undefined };

/**
 * The path under which the whole gateway is served (`GW_PATH_PREFIX`), when an Ingress shares its host with others and
 * does not take the path away.
 *
 * It is compared once, literally, with the beginning of the path as it stood on the wire: no decoding, no folding of case,
 * and the next character must be a slash. What is not below it is nobody's (mlflow-oidc-auth #52); what is below it is cut
 * off once and then looked up whole, so that a prefix written twice is an unknown path like any other.
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

  /** @param text as the configuration has validated it (`pathPrefix`), or `undefined` for none */
  constructor(text = '') {
    this.text = text;
    this.#below = `${text}/`;
  }

  /**
   * Finds a request's place. Costs one comparison; without a prefix not even that.
   *
   * @throws DenialError `unknown_operation` for what is not below the prefix
   */
  place(method: string | undefined, target: Target): Placed {
    const { path, query } = target;
    if (this.text === '') return { target };
    if (path.startsWith(this.#below)) return { target: { path: path.slice(this.text.length), query } };
    // MLflow's pages have relative links, which would lead one level too high.
    if (path === this.text && method === 'GET')
      return { redirect: query === '' ? this.#below : `${this.#below}?${query}` };
    throw new DenialError(
      'unknown_operation',
      `There is nothing here: this gateway is served below ${this.#below} (GW_PATH_PREFIX).`,
    );
  }
}
