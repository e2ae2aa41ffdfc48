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
<<<<<<< 1bfbc180cedc34ecc3ed8d9e1293fa1d6ffbb1bc
 * Reads the address of MLflow: `unix:/absolute/path.sock`, `http://host[:port]` or `https://host[:port]`. Credentials, a path, a
 * query and a fragment are refused.
 *
 * @throws TypeError with the cause; the message never repeats the value, which may hold a password
 * @example
 * parseAddress('unix:/run/mlflow/mlflow.sock'); // { kind: 'unix', path: '/run/mlflow/mlflow.sock' }
 * parseAddress('http://mlflow:5000').port; // 5000
 */
export function parseAddress(text: string): Address {
  if (text.startsWith('unix:')) return unixAddress(text.slice('unix:'.length));
  const match = HTTP.exec(text);
  if (match === null) throw new TypeError(whatIsWrong(text));
  const url = URL.parse(`${match[1]}://${match[2]}`);
  if (url === null || url.port === '0') throw new TypeError('The address names no usable host and port.');
  const kind = url.protocol === 'https:' ? 'https' : 'http';
  const port = url.port === '' ? { http: 80, https: 443 }[kind] : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { kind, origin: url.origin, host, port };
}

/**
 * The address as people write it, for logs and the audit line.
=======
 * The address as text, for logs and the audit line.
>>>>>>> e0c47cddb1527f21347f8c0de2dd8968dd27776e
 *
 * @example
 * addressName({ kind: 'unix', path: '/run/mlflow.sock' }); // 'unix:/run/mlflow.sock'
 */
export function addressName(address: Address): string {
  return address.kind === 'unix' ? `unix:${address.path}` : address.origin;
}
