/** How a path of MLflow's becomes one of the gateway's. */
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
 * Makes what rewrites the `Location` of MLflow's answers. MLflow writes the address that the gateway has for it, which is
 * nobody else's business and leads callers nowhere: such an address becomes a path of the gateway's, and is dropped where it
 * is not below MLflow's prefix. Addresses elsewhere are left alone, and so are relative ones, as both sides have paths of the
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

/** The path of an address of MLflow's own; `undefined` for any other. */
function pathOf(value: string, own: readonly string[]): string | undefined {
  if (value.startsWith('/')) return value.startsWith('//') ? undefined : value;
  const lower = value.toLowerCase();
  const origin = own.find((one) => lower.startsWith(`${one}/`) || lower === one);
  return origin === undefined ? undefined : value.slice(origin.length) || '/';
}
