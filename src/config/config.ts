import type { IssuerConfig } from '../identity/issuer/issuer-config.ts';
import type { VARIABLES } from './schema.ts';
import type { ValueOf } from './variable.ts';

type Table = typeof VARIABLES;

/** The values of all variables, each by itself, in the shape of the table. */
export type Values = {
  readonly [G in keyof Table]: { readonly [K in keyof Table[G]]: ValueOf<Table[G][K]> };
};

/** Callers are verified. */
export interface OidcConfig {
  readonly mode: 'oidc';
  /** At least one. The short variables (`GW_OIDC_ISSUER` and the others) describe exactly one. */
  readonly issuers: readonly IssuerConfig[];
  /** The path of the file that the issuers come from. `loadConfig` reads no file; `withIdentity` adds its issuers. */
  readonly identityFile?: string | undefined;
  readonly tokenCacheSize: number;
  readonly denyListFile: string | undefined;
}

/** Caller identity is not verified: development only. */
export interface OffConfig {
  readonly mode: 'off';
  readonly devRole: string;
}

/**
 * The gateway's configuration, complete and consistent. Durations are in milliseconds (`...Ms`), sizes in bytes.
 * A value that is not set and has no default is `undefined`; a list that is not set is empty.
 */
export interface Config extends Omit<Values, 'upstream' | 'tls' | 'auth' | 'rbac' | 'tenancy' | 'http'> {
  readonly tls: Defined<Values['tls'], 'clientNames'>;
  readonly upstream: Defined<Values['upstream'], 'sidecarCheckPorts' | 'sidecarAllowedPorts'>;
  readonly auth: OidcConfig | OffConfig;
  readonly rbac: Defined<
    Values['rbac'],
    'viewerAliases' | 'contributorAliases' | 'adminAliases' | 'platformAdminAliases'
  >;
  readonly tenancy: Defined<Values['tenancy'], 'map' | 'serverFeatures'>;
  readonly http: Defined<Values['http'], 'allowedOrigins' | 'trustedProxies'>;
  /** Settings that are allowed but probably unintended; for the log at start. */
  readonly warnings: readonly string[];
}

type Defined<T, K extends keyof T> = Omit<T, K> & { readonly [P in K]: NonNullable<T[P]> };
