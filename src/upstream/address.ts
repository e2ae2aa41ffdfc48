/** Where MLflow listens. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'http' | 'https';
      /** Scheme, host and port as in a URL: no default port, IPv6 in brackets. */
      readonly origin: string;
      /** Host name or address, IPv6 without brackets. */
      readonly host: string;
      readonly port: number;
    };

/**
 * The address as text, for logs and the audit line.
 *
 * @example
 * addressName({ kind: 'unix', path: '/run/mlflow.sock' }); // 'unix:/run/mlflow.sock'
 */
export function addressName(address: Address): string {
  return address.kind === 'unix' ? `unix:${address.path}` : address.origin;
}
