/** Where MLflow is. */
export type Address =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'http' | 'https';
      /** Scheme, host and port as a URL has them: no default port, IPv6 in brackets. */
      readonly origin: string;
      /** Host name or address, IPv6 without brackets. */
      readonly host: string;
      readonly port: number;
    };

/** Longest Unix socket path that Linux takes: `sun_path` has 108 bytes with its closing zero (unix(7)). */
const MAX_SOCKET_PATH = 107;

// Matched against the text itself: the URL parser silently drops tabs and newlines, and resolves `..`.
const HTTP = /^(https?):\/\/([^/?#@\\\s]+)\/?$/i;

/**
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
 *
 * @example
 * addressName({ kind: 'unix', path: '/run/mlflow.sock' }); // 'unix:/run/mlflow.sock'
 */
export function addressName(address: Address): string {
  return address.kind === 'unix' ? `unix:${address.path}` : address.origin;
}

function unixAddress(rest: string): Address {
  const path = rest.replace(/^\/\/(?=\/)/, '');
  if (!path.startsWith('/') || path.endsWith('/') || path.includes('\0')) {
    throw new TypeError('A Unix socket is named by its absolute path, as in unix:/run/mlflow/mlflow.sock.');
  }
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH) {
    throw new TypeError(`A Unix socket path has at most ${MAX_SOCKET_PATH} bytes.`);
  }
  return { kind: 'unix', path };
}

function whatIsWrong(text: string): string {
  if (!/^https?:\/\//i.test(text)) return 'The address must start with unix:/, http:// or https://.';
  if (/[?#]/.test(text)) return 'The address must not have a query or a fragment.';
  if (text.includes('@')) return 'The address must not carry a user name or password.';
  return 'The address must be scheme, host and port, without a path, spaces or backslashes.';
}
