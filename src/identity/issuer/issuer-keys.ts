import { isDeepStrictEqual } from 'node:util';
import { createInlineKeys, createNoKeys, type KeySource } from '../jwks.ts';
import type { Fetch } from '../provider-fetch.ts';
import { createRemoteKeys, type KeyLog, type RemoteKeysOptions } from '../remote-jwks.ts';
import type { IssuerConfig } from './issuer-config.ts';

/** The keys of the Kubernetes cluster that the gateway runs in. */
export interface ClusterKeys extends KeySource {
  /** The name of the cluster as an issuer; `undefined` until the cluster has said it. */
  issuer(): string | undefined;
}

/** How keys are fetched. */
export interface KeyParts {
  /** Times of fetches, and what is called after each. */
  readonly keys?: Omit<RemoteKeysOptions, 'issuer' | 'jwksUri' | 'algorithms' | 'fetch' | 'log'> | undefined;
  /** Opens the keys of the cluster. Without it, keys from the cluster are a configuration error. */
  readonly clusterKeys?: ((config: IssuerConfig) => ClusterKeys) | undefined;
  readonly log?: KeyLog | undefined;
  /** For tests. */
  readonly fetch?: Fetch | undefined;
}

/** The keys of an issuer, and its name where the keys bring it. */
export type IssuerKeys = KeySource & Partial<Pick<ClusterKeys, 'issuer'>>;

/**
 * Opens the source of an issuer's keys. Keys from elsewhere are fetched at once, in the background.
 *
 * @param prefix of each line of the log, to tell several issuers apart
 * @throws Error for inline keys of which none is usable, and for keys from a cluster where there is none
 * @example
 * const keys = openKeys(config, { log });
 */
export function openKeys(config: IssuerConfig, parts: KeyParts, prefix = ''): IssuerKeys {
  const { keys, algorithms, issuer } = config;
  switch (keys.from) {
    case 'inline':
      return createInlineKeys(keys.jwks, algorithms);
    case 'none':
      return createNoKeys();
    case 'cluster':
      if (parts.clusterKeys === undefined) throw new Error('there is no cluster to take the keys from');
      return parts.clusterKeys(config);
    case 'discovery':
    case 'uri':
      return createRemoteKeys({
        ...parts.keys,
        issuer: issuer ?? '',
        jwksUri: keys.from === 'uri' ? keys.uri : undefined,
        algorithms,
        fetch: parts.fetch,
        log: prefixed(parts.log, prefix),
      });
  }
}

/** Whether two configurations have the same keys, so that the keys of one serve the other. */
export function haveSameKeys(one: IssuerConfig, other: IssuerConfig): boolean {
  const facts = ({ issuer, keys, algorithms }: IssuerConfig): unknown => ({ issuer, keys, algorithms });
  return isDeepStrictEqual(facts(one), facts(other));
}

function prefixed(log: KeyLog | undefined, prefix: string): KeyLog | undefined {
  if (log === undefined || prefix === '') return log;
  return {
    info: (message) => log.info(prefix + message),
    warn: (message) => log.warn(prefix + message),
  };
}
