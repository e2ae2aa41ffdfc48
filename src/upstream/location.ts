/** The addresses of MLflow and of the gateway. */
export interface LocationOptions {
  /** The `Host` sent to MLflow, which it writes into absolute URLs. */
  readonly hostHeader: string;
  /** MLflow's `--static-prefix`; empty for none. */
  readonly upstreamPrefix: string;
  /** `GW_PATH_PREFIX`; empty for none. */
  readonly publicPrefix: string;
}

/** Rewrites one `Location`; `undefined` drops it. */
export type LocationReader = (value: string) => string | undefined;

/**
 * Makes the function that rewrites the `Location` of MLflow's responses. MLflow writes the address that the gateway uses for
 * it, which is private and which callers cannot reach. Such an address becomes a path of the gateway, or is dropped if it is
 * not below MLflow's prefix. Addresses of other hosts and relative ones are unchanged, since both sides have paths of the
 * same shape.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.2
 * @example
 * const read = locationReader({ hostHeader: 'mlflow:5000', upstreamPrefix: '/x', publicPrefix: '/mlflow' });
 * read('http://mlflow:5000/x/version'); // '/mlflow/version'
 */
export function locationReader(options: LocationOptions): LocationReader {
  const { hostHeader, upstreamPrefix, publicPrefix } = options;
  const own = [`http://${hostHeader}`, `https://${hostHeader}`].map((origin) => origin.toLowerCase());
  return (value) => {
    const path = pathOf(value, own);
    if (path === undefined) return value;
    // A path that starts with two slashes names a host where it is read.
    const below = path.startsWith(`${upstreamPrefix}/`) ? path.slice(upstreamPrefix.length) : undefined;
    return below === undefined || below.startsWith('//') ? undefined : `${publicPrefix}${below}`;
  };
}

/** The path of an address of MLflow; `undefined` for any other. */
function pathOf(value: string, own: readonly string[]): string | undefined {
  if (value.startsWith('/')) return value.startsWith('//') ? undefined : value;
  const lower = value.toLowerCase();
  const origin = own.find((one) => lower.startsWith(`${one}/`) || lower === one);
  return origin === undefined ? undefined : value.slice(origin.length) || '/';
}
