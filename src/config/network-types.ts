import { isIP } from 'node:net';
import type { Address } from '../upstream/address.ts';
import { InvalidValueError, type ValueType, valueType } from './value-type.ts';

/** Longest Unix socket path that Linux accepts: `sun_path` has 108 bytes with its closing zero (unix(7)). */
const MAX_SOCKET_PATH = 107;

/**
 * `unix:/absolute/path`, `http://host[:port]` or `https://host[:port]`. A path, query or credentials in the URL are
 * refused: the gateway writes the path itself, from the catalog.
 */
export function upstreamTarget(): ValueType<Address> {
  return valueType('`unix:/path`, `http://host[:port]` or `https://host[:port]`', (value) => {
    if (value.startsWith('unix:')) return socket(value.slice('unix:'.length));
    const url = httpUrl(value);
    if (url.username !== '' || url.password !== '')
      throw new InvalidValueError('must not carry a user name or password');
    if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || /[?#]/.test(value)) {
      throw new InvalidValueError(
        'must be scheme, host and port only, without a path or query (MLflow’s --static-prefix goes into GW_UPSTREAM_PATH_PREFIX)',
      );
    }
    if (url.port === '0' || /^https?:\/\/\//i.test(value))
      throw new InvalidValueError('must name a usable host and port');
    const kind = url.protocol === 'https:' ? 'https' : 'http';
    const port = url.port === '' ? { http: 80, https: 443 }[kind] : Number(url.port);
    return { kind, origin: url.origin, host: url.hostname.replace(/^\[|\]$/g, ''), port };
  });
}

function socket(path: string): Address {
  const plain = path.replace(/^\/\/(?=\/)/, '');
  if (!plain.startsWith('/') || plain.endsWith('/') || plain.includes('\0')) {
    throw new InvalidValueError(
      'must name the socket by its absolute path, as in unix:/run/mlflow/mlflow.sock',
    );
  }
  if (Buffer.byteLength(plain) > MAX_SOCKET_PATH) {
    throw new InvalidValueError(`must name a socket path of at most ${MAX_SOCKET_PATH} bytes`);
  }
  return { kind: 'unix', path: plain };
}

/**
 * A name that a client certificate may have: a DNS name, kept in lower case (RFC 4343), or a URI, kept as written. Without wildcards: a
 * list of exact names cannot be read in two ways.
 */
export function certificateName(): ValueType<string> {
  return valueType(
    'DNS name or URI',
    (value) => {
      if (value.includes('*')) throw new InvalidValueError('must not have a wildcard (*): write every name');
      if (value.includes(':')) {
        if (!/^[a-z][a-z0-9+.-]*:\/\/[\x21-\x7e]+$/i.test(value) || /["\\']/.test(value))
          throw new InvalidValueError(
            'must be a DNS name, or a URI such as spiffe://cluster.local/ns/sso/sa/proxy',
          );
        return value;
      }
      if (!HOST_NAME.test(value))
        throw new InvalidValueError('must be a DNS name such as proxy.example.com, or a URI');
      return value.toLowerCase();
    },
    { type: 'string', maxLength: 2048 },
  );
}

/** Longest prefix, in characters: far longer than any real prefix, and a small part of the longest request target. */
const MAX_PREFIX = 256;

/**
 * A path prefix, in the only spelling that is compared and sent literally: segments of unreserved characters
 * (RFC 3986, section 2.3), which no server encodes or decodes on the way, without a slash at the end.
 */
export function pathPrefix(): ValueType<string> {
  return valueType(
    'path',
    (value) => {
      if (!value.startsWith('/')) throw new InvalidValueError('must start with a slash, as in /mlflow');
      if (value === '/') throw new InvalidValueError('must not be the root; leave it unset for that');
      if (value.endsWith('/')) throw new InvalidValueError('must not end with a slash');
      if (value.length > MAX_PREFIX)
        throw new InvalidValueError(`must have at most ${MAX_PREFIX} characters`);
      const segments = value.slice(1).split('/');
      if (segments.includes('')) throw new InvalidValueError('must not hold an empty segment (//)');
      if (segments.some((segment) => segment === '.' || segment === '..'))
        throw new InvalidValueError('must not hold a . or .. segment');
      if (!segments.every((segment) => /^[A-Za-z0-9._~-]+$/.test(segment)))
        throw new InvalidValueError('must be letters, digits, and . _ ~ - between slashes, nothing encoded');
      return value;
    },
    { type: 'string', pattern: '^(/[A-Za-z0-9._~-]+)+$', maxLength: MAX_PREFIX },
  );
}

/** An absolute `http` or `https` URL without credentials or fragment; kept as written. */
export function url(): ValueType<string> {
  return valueType(
    'URL',
    (value) => {
      const parsed = httpUrl(value);
      if (parsed.username !== '' || parsed.password !== '') {
        throw new InvalidValueError('must not carry a user name or password');
      }
      if (value.includes('#')) throw new InvalidValueError('must not have a fragment (#)');
      return value;
    },
    { type: 'string', format: 'uri' },
  );
}

function httpUrl(value: string): URL {
  const parsed = URL.parse(value);
  if (parsed === null || !/^https?:\/\//i.test(value) || /\s/.test(value)) {
    throw new InvalidValueError('must start with http:// or https:// and name a host');
  }
  return parsed;
}

/** A web origin, `scheme://host[:port]`, in the form browsers send it (RFC 6454, section 6.2). */
export function webOrigin(): ValueType<string> {
  return valueType('origin', (value) => {
    const parsed = URL.parse(value);
    const bare = /^https?:\/\/[^/?#@\\\s*]+$/i.test(value);
    if (parsed === null || !bare)
      throw new InvalidValueError('must be scheme://host or scheme://host:port, nothing after it');
    return parsed.origin;
  });
}

/** An IP address, or a range in CIDR notation; kept as `address` or `address/prefix`. */
export function addressRange(): ValueType<string> {
  return valueType('IP address or CIDR range', (value) => {
    const [address = '', prefix, ...rest] = value.split('/');
    const family = address.includes('%') ? 0 : isIP(address);
    const bits = family === 6 ? 128 : 32;
    const fits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
    if (family === 0 || !fits || rest.length > 0) {
      throw new InvalidValueError('must be an IP address or a CIDR range such as 10.0.0.0/8');
    }
    return prefix === undefined ? address : `${address}/${Number(prefix)}`;
  });
}

/** A name of at most 253 characters (RFC 1035 section 2.3.4); with underscores, which names of services may have. */
const HOST_NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9._-]*[a-z0-9])?$/i;
const MAX_HOST = 253 + ':65535'.length;

/** A host name or IP address to listen on. */
export function listenHost(): ValueType<string> {
  return valueType('IP address or host name', (value) => {
    const plain = value.replace(/^\[(.*)\]$/, '$1');
    if (isIP(plain) === 0 && !/^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(plain)) {
      throw new InvalidValueError('must be an IP address or a host name, without a port');
    }
    return plain;
  });
}

/**
 * Whether a text is a valid `Host` header: a name or an address, IPv6 in brackets, and perhaps a port (RFC 9110 section 7.2).
 *
 * @example
 * isHostHeader('[::1]:5000'); // true
 */
export function isHostHeader(value: string): boolean {
  const [, host = '', port] = /^(\S*?)(?::(\d{1,5}))?$/.exec(value) ?? [];
  const bracketed = /^\[(.*)\]$/.exec(host)?.[1];
  const isHost = bracketed === undefined ? HOST_NAME.test(host) : isIP(bracketed) === 6;
  if (!isHost || bracketed?.includes('%')) return false;
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65535);
}

/**
 * A `Host` header ({@link isHostHeader}). Kept as written: MLflow compares it with its list character by character
 * (mlflow/server/security_utils.py).
 */
export function hostHeader(): ValueType<string> {
  return valueType(
    'host or host:port',
    (value) => {
      if (/[*?]/.test(value))
        throw new InvalidValueError('must be one host that MLflow accepts, without a wildcard (replace it)');
      if (value.includes(',')) throw new InvalidValueError('must be one host, not a list');
      if (/[/@]/.test(value))
        throw new InvalidValueError('must be a host or host:port, without scheme, path or user');
      if (!isHostHeader(value))
        throw new InvalidValueError('must be a host or host:port, as in mlflow.example.com or [::1]:5000');
      return value;
    },
    { type: 'string', maxLength: MAX_HOST },
  );
}
