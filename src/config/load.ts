import type { Config, OffConfig, OidcConfig } from './config.ts';
import type { ConfigError } from './config-error.ts';
import { type Environment, unknownVariables } from './environment.ts';
import type { IdentityFile } from './identity-file/identity-file.ts';
import { type ReadValues, readValues } from './read-values.ts';
import { checkTogether, type Facts, isOidc } from './rules.ts';
import { allVariables } from './schema.ts';
import { shortIssuer } from './short-issuer.ts';

/** A valid configuration, or all of its errors. */
export type Loaded = { readonly config: Config } | { readonly errors: readonly ConfigError[] };

/**
 * Turns environment variables into the configuration. Pure: it reads no file and makes no lookup. It reports all errors
 * together, so that an operator corrects them in one step.
 *
 * @param env the environment; only names of the table in `schema.ts` and `GW_*` are read
 * @param facts facts of the catalog that the configuration may name
 * @example
 * const loaded = loadConfig(process.env, { serverFeatures: ['assistant', 'demo'] });
 * if ('errors' in loaded) throw new Error(formatErrors(loaded.errors));
 * loaded.config.listen.port; // 8000
 */
export function loadConfig(env: Environment, facts: Facts): Loaded {
  const read = readValues(env);
  const together = checkTogether(read, facts);
  const errors = [...read.errors, ...together.errors, ...unknownVariables(env, allVariables())];
  if (errors.length > 0) return { errors };
  return { config: assemble(read, together.warnings) };
}

/**
 * Adds the issuers of the identity file to the configuration that names it.
 *
 * @param identity `undefined` if the configuration names no file
 * @example
 * withIdentity(loaded.config, files.identity);
 */
export function withIdentity(config: Config, identity: IdentityFile | undefined): Config {
  if (identity === undefined || config.auth.mode === 'off') return config;
  return {
    ...config,
    auth: { ...config.auth, issuers: identity.issuers },
    warnings: [...config.warnings, ...identity.warnings.map((warning) => `GW_IDENTITY_FILE: ${warning}`)],
  };
}

function assemble(read: ReadValues, warnings: readonly string[]): Config {
  const { values } = read;
  return {
    ...values,
    tls: { ...values.tls, clientNames: values.tls.clientNames ?? [] },
    upstream: {
      ...values.upstream,
      sidecarCheckPorts: values.upstream.sidecarCheckPorts ?? [],
      sidecarAllowedPorts: values.upstream.sidecarAllowedPorts ?? [],
    },
    auth: isOidc(read) ? oidc(values) : off(values.auth),
    rbac: {
      ...values.rbac,
      viewerAliases: values.rbac.viewerAliases ?? [],
      contributorAliases: values.rbac.contributorAliases ?? [],
      adminAliases: values.rbac.adminAliases ?? [],
      platformAdminAliases: values.rbac.platformAdminAliases ?? [],
    },
    tenancy: {
      ...values.tenancy,
      map: values.tenancy.map ?? new Map(),
      serverFeatures: values.tenancy.serverFeatures ?? [],
    },
    http: {
      ...values.http,
      allowedOrigins: values.http.allowedOrigins ?? [],
      trustedProxies: values.http.trustedProxies ?? [],
    },
    warnings,
  };
}

function oidc(values: ReadValues['values']): OidcConfig {
  const { denyListFile, identityFile, tokenCacheSize } = values.auth;
  const issuers = identityFile === undefined ? [shortIssuer(values)] : [];
  return { mode: 'oidc', issuers, identityFile, denyListFile, tokenCacheSize };
}

function off(auth: ReadValues['values']['auth']): OffConfig {
  return { mode: 'off', devRole: auth.devRole ?? 'admin' };
}
