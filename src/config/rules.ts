import { isLoopback } from '../http/loopback.ts';
import type { ConfigError } from './config-error.ts';
import { isDiscoverable, isPlainRemote, plainHttpWarning } from './provider-urls.ts';
import { type ReadValues, setTo } from './read-values.ts';
import { VARIABLES } from './schema.ts';

/** The findings of one rule. */
export interface Findings {
  readonly errors: readonly ConfigError[];
  readonly warnings: readonly string[];
}

/** Facts that the configuration is checked against. */
export interface Facts {
  /** The server features of the catalog, for `GW_ALLOW_SERVER_FEATURES`. */
  readonly serverFeatures: readonly string[];
}

/** Checks of more than one variable, or against outside facts. */
export function checkTogether(read: ReadValues, facts: Facts): Findings {
  const errors: ConfigError[] = [];
  const warnings: string[] = [];
  const sink: Sink = {
    error: (variable, problem, fix) =>
      errors.push({ variable: read.setBy.get(variable) ?? variable, problem, fix }),
    warn: (text) => warnings.push(text),
  };
  for (const rule of RULES) rule(read, sink, facts);
  return { errors, warnings };
}

interface Sink {
  error(variable: string, problem: string, fix: string): void;
  warn(text: string): void;
}

type Rule = (read: ReadValues, sink: Sink, facts: Facts) => void;

const RULES: readonly Rule[] = [
  drain,
  tls,
  identity,
  keys,
  devRole,
  target,
  roles,
  tenants,
  features,
  proxies,
  prefix,
  metrics,
  jobs,
];

/** Whether callers are verified. A mode that could not be read counts as oidc. */
export function isOidc({ values }: ReadValues): boolean {
  return values.auth.enabled !== false && values.auth.mode !== 'off';
}

function drain({ values, broken }: ReadValues, sink: Sink): void {
  if (broken.has('GW_DRAIN_SECONDS') || broken.has('GW_DRAIN_DELAY_SECONDS')) return;
  const { drainMs, drainDelayMs } = values.listen;
  if (drainDelayMs > drainMs) {
    sink.error(
      'GW_DRAIN_DELAY_SECONDS',
      `is ${drainDelayMs / 1000}, longer than GW_DRAIN_SECONDS (${drainMs / 1000}), which includes it`,
      'Shorten the delay, or increase GW_DRAIN_SECONDS.',
    );
  }
}

function tls({ setBy }: ReadValues, sink: Sink): void {
  requireBoth(VARIABLES.tls.certFile.name, VARIABLES.tls.keyFile.name, setBy, sink);
  const { certFile, clientCaFile, clientNames } = VARIABLES.tls;
  if (setBy.has(clientCaFile.name) && !setBy.has(certFile.name))
    sink.error(
      clientCaFile.name,
      'needs GW_TLS_CERT_FILE: without TLS there are no client certificates',
      'Set GW_TLS_CERT_FILE and GW_TLS_KEY_FILE, or remove it.',
    );
  if (setBy.has(clientNames.name) && !setBy.has(clientCaFile.name))
    sink.error(
      clientNames.name,
      'needs GW_TLS_CLIENT_CA_FILE: a name counts only in a certificate of a known authority',
      'Set GW_TLS_CLIENT_CA_FILE, or remove it.',
    );
}

/** A certificate without its key, or a key without its certificate, is an error of the one that is missing. */
function requireBoth(cert: string, key: string, setBy: ReadValues['setBy'], sink: Sink): void {
  for (const [set, missing] of [
    [cert, key],
    [key, cert],
  ] as const)
    if (setBy.has(set) && !setBy.has(missing))
      sink.error(missing, `is not set, and ${set} needs it`, `Set both, or remove ${set}.`);
}

function identity(read: ReadValues, sink: Sink): void {
  const { values, broken } = read;
  if (!isOidc(read)) {
    sink.warn(
      'Authentication is OFF: anyone who can reach this port can act as any tenant by sending X-Tenant. Use this only for development.',
    );
    if (read.setBy.has(VARIABLES.auth.identityFile.name)) {
      sink.warn('GW_IDENTITY_FILE has no effect: authentication is off.');
    }
    if (read.setBy.has('GW_AUTH_MODE') && values.auth.mode === 'oidc') {
      sink.warn('GW_AUTH_ENABLED=false overrides GW_AUTH_MODE=oidc.');
    }
    if (read.setBy.has('GW_DENY_LIST_FILE')) {
      sink.warn('GW_DENY_LIST_FILE has no effect in mode off: callers have no tokens.');
    }
    return;
  }
  if (read.setBy.has(VARIABLES.auth.identityFile.name)) {
    const short = SHORT_VARIABLES.flatMap((name) => read.setBy.get(name) ?? []);
    if (short.length > 0)
      sink.error(
        VARIABLES.auth.identityFile.name,
        `is set together with ${short.join(', ')}, which also ${short.length === 1 ? 'describes' : 'describe'} an issuer`,
        'Write everything into the file, or remove GW_IDENTITY_FILE.',
      );
    return;
  }
  for (const variable of [VARIABLES.auth.issuer, VARIABLES.auth.audience]) {
    if (read.setBy.has(variable.name) || broken.has(variable.name)) continue;
    sink.error(variable.name, 'is not set, and oidc mode cannot verify tokens without it', setTo(variable));
  }
}

/** The variables that describe one issuer: the short form of the identity file. */
const SHORT_VARIABLES: readonly string[] = [
  VARIABLES.auth.issuer,
  VARIABLES.auth.audience,
  VARIABLES.auth.jwksUri,
  VARIABLES.auth.jwks,
  VARIABLES.auth.algorithms,
  VARIABLES.auth.clockToleranceMs,
  VARIABLES.auth.tenantClaim,
  VARIABLES.auth.subjectClaim,
  VARIABLES.auth.roleClaims,
  VARIABLES.rbac.platformAdminAliases,
].map(({ name }) => name);

function keys(read: ReadValues, sink: Sink): void {
  if (!isOidc(read) || read.setBy.has(VARIABLES.auth.identityFile.name)) return;
  const { issuer, jwksUri } = read.values.auth;
  const uriSet = read.setBy.has('GW_JWKS_URI');
  const inlineSet = read.setBy.has('GW_JWKS_JSON');
  if (uriSet && inlineSet) {
    sink.error('GW_JWKS_URI', 'and GW_JWKS_JSON are both set', 'Keep the intended source of the keys.');
  }
  if (issuer !== undefined && !uriSet && !inlineSet && !isDiscoverable(issuer)) {
    sink.error(
      'GW_OIDC_ISSUER',
      'must be an http(s) URL without query or fragment for its keys to be discovered',
      'Correct it, or set GW_JWKS_URI or GW_JWKS_JSON.',
    );
  }
  const fetched = jwksUri ?? (inlineSet ? undefined : issuer);
  if (fetched !== undefined && isPlainRemote(fetched)) {
    const name = jwksUri === undefined ? 'GW_OIDC_ISSUER' : 'GW_JWKS_URI';
    sink.warn(plainHttpWarning(name));
  }
}

function devRole(read: ReadValues, sink: Sink): void {
  if (isOidc(read) && read.setBy.has('GW_DEV_ROLE')) {
    sink.error('GW_DEV_ROLE', 'is for off mode only; in oidc mode roles come from tokens', 'Remove it.');
  }
}

function target({ values, setBy, broken }: ReadValues, sink: Sink): void {
  requireBoth(VARIABLES.upstream.certFile.name, VARIABLES.upstream.keyFile.name, setBy, sink);
  if (broken.has('GW_TARGET_BASE_URL')) return;
  for (const { name } of [VARIABLES.upstream.caFile, VARIABLES.upstream.certFile, VARIABLES.upstream.keyFile])
    if (setBy.has(name) && values.upstream.target.kind !== 'https')
      sink.error(
        name,
        'has no effect: the connection to MLflow does not use TLS',
        'Use an https:// URL in GW_TARGET_BASE_URL, or remove the file.',
      );
  if (values.upstream.socketCleanup && values.upstream.target.kind !== 'unix') {
    sink.warn('GW_UPSTREAM_SOCKET_CLEANUP has no effect: GW_TARGET_BASE_URL is not a unix: socket.');
  }
  const { target: address } = values.upstream;
  if (setBy.has('GW_SIDECAR_CHECK_PORTS') && address.kind !== 'unix' && !isLoopback(address.host)) {
    sink.warn(
      'GW_SIDECAR_CHECK_PORTS is for an MLflow in the same pod, but GW_TARGET_BASE_URL names another machine.',
    );
  }
  const { sidecarCheckPorts: checked, sidecarAllowedPorts: allowed = [], sidecarCheck } = values.upstream;
  if (!setBy.has('GW_SIDECAR_CHECK_PORTS')) {
    for (const name of ['GW_SIDECAR_ALLOWED_PORTS', 'GW_SIDECAR_CHECK'])
      if (setBy.has(name)) sink.warn(`${name} has no effect without GW_SIDECAR_CHECK_PORTS.`);
    return;
  }
  if (sidecarCheck === 'ports')
    sink.warn(
      'GW_SIDECAR_CHECK=ports: an MLflow at a port that is not in GW_SIDECAR_CHECK_PORTS is not found.',
    );
  const both = allowed.filter((port) => checked?.includes(port));
  if (both.length > 0)
    sink.error(
      'GW_SIDECAR_ALLOWED_PORTS',
      `allows ${both.join(', ')}, which GW_SIDECAR_CHECK_PORTS checks for MLflow`,
      'Allow only the ports of other programs.',
    );
}

function roles({ values, setBy }: ReadValues, sink: Sink): void {
  const inTenant = [
    ['viewer', VARIABLES.rbac.viewerAliases.name, values.rbac.viewerAliases],
    ['contributor', VARIABLES.rbac.contributorAliases.name, values.rbac.contributorAliases],
    ['admin', VARIABLES.rbac.adminAliases.name, values.rbac.adminAliases],
  ] as const;
  const meaning = new Map<string, string>(inTenant.map(([role]) => [role, role]));
  const all = [
    ...inTenant,
    ['platform-admin', VARIABLES.rbac.platformAdminAliases.name, values.rbac.platformAdminAliases] as const,
  ];
  for (const [role, name, aliases] of all) {
    for (const alias of aliases ?? []) {
      const existing = meaning.get(alias);
      if (existing === undefined) meaning.set(alias, role);
      else if (existing !== role) {
        sink.error(
          name,
          `lists ${JSON.stringify(alias)}, which already means ${existing}`,
          'Give each value one role.',
        );
      }
    }
  }
  if (values.rbac.defaultDeny === false && setBy.has('GW_RBAC_DEFAULT_DENY')) {
    sink.warn(
      'GW_RBAC_DEFAULT_DENY=false has no effect: requests that are not in the catalog are always denied.',
    );
  }
}

function tenants({ values, setBy }: ReadValues, sink: Sink): void {
  const { map, allowDefaultWorkspace, strategy } = values.tenancy;
  const toDefault = [...(map ?? [])].find(([, workspace]) => workspace === 'default');
  if (toDefault !== undefined && allowDefaultWorkspace === false) {
    sink.error(
      'GW_TENANT_MAP',
      `maps the tenant ${JSON.stringify(toDefault[0])} to the workspace "default", which belongs to no tenant`,
      'Choose another workspace, or set GW_ALLOW_DEFAULT_WORKSPACE=true.',
    );
  }
  const unused = {
    tags: ['GW_TENANT_MAP', 'GW_ALLOW_DEFAULT_WORKSPACE', 'GW_WORKSPACE_AUTOCREATE'],
    workspaces: ['GW_TENANT_TAG_KEY', 'GW_SHARED_EXPERIMENTS', 'GW_REPLICAS', 'GW_TENANT_ARTIFACT_ROOT'],
    auto: [],
  };
  for (const name of unused[strategy] ?? []) {
    if (setBy.has(name)) sink.warn(`${name} has no effect with GW_TENANCY=${strategy}.`);
  }
}

function features({ values }: ReadValues, sink: Sink, facts: Facts): void {
  const unknown = (values.tenancy.serverFeatures ?? []).filter(
    (name) => !facts.serverFeatures.includes(name),
  );
  if (unknown.length === 0) return;
  const known = facts.serverFeatures.join(', ');
  sink.error(
    'GW_ALLOW_SERVER_FEATURES',
    `names ${unknown.join(', ')}, which the catalog does not have`,
    `Use: ${known}.`,
  );
}

function proxies({ values }: ReadValues, sink: Sink): void {
  const everyone = (values.http.trustedProxies ?? []).filter((range) => /\/0$/.test(range));
  for (const range of everyone) {
    sink.warn(
      `GW_TRUSTED_PROXIES contains ${range}: every caller can then forge the client address of a request.`,
    );
  }
}

/** Refuses a probe's path: `/healthz` is either the probe or the gateway's root page, never both. */
function prefix({ values, broken }: ReadValues, sink: Sink): void {
  if (broken.has('GW_PATH_PREFIX')) return;
  const first = /^\/[^/]+/.exec(values.http.pathPrefix ?? '')?.[0];
  if (first === '/healthz' || first === '/readyz')
    sink.error(
      'GW_PATH_PREFIX',
      `starts with ${first}, where the gateway has a probe`,
      'Choose another path.',
    );
}

function metrics({ values, setBy, broken }: ReadValues, sink: Sink): void {
  if (broken.has('GW_METRICS_PORT') || broken.has('GW_METRICS_HOST')) return;
  const { port, host, mlflow } = values.metrics;
  if (port === undefined) {
    if (mlflow) {
      sink.error(
        'GW_METRICS_MLFLOW',
        'is true, but GW_METRICS_PORT is not set, and MLflow’s metrics are served at no other port',
        'Set GW_METRICS_PORT, or remove GW_METRICS_MLFLOW.',
      );
    }
    if (setBy.has('GW_METRICS_HOST')) {
      sink.warn('GW_METRICS_HOST has no effect: GW_METRICS_PORT is not set, so no metrics are served.');
    }
    return;
  }
  if (port === 0) return;
  if (!broken.has('GW_LISTEN_PORT') && port === values.listen.port) {
    sink.error(
      'GW_METRICS_PORT',
      `is ${port}, the port of GW_LISTEN_PORT; the port for callers never serves metrics`,
      'Choose another port for the metrics.',
    );
  }
  if (broken.has('GW_TARGET_BASE_URL')) return;
  const { target: address } = values.upstream;
  const wildcard = host === '0.0.0.0' || host === '::';
  if (
    address.kind !== 'unix' &&
    address.port === port &&
    isLoopback(address.host) &&
    (wildcard || isLoopback(host))
  ) {
    sink.error(
      'GW_METRICS_PORT',
      `is ${port}, the port of MLflow in GW_TARGET_BASE_URL on the same machine`,
      'Choose another port.',
    );
  }
}

function jobs({ values, broken }: ReadValues, sink: Sink): void {
  const { port } = values.jobs;
  if (port === undefined || port === 0 || broken.has('GW_JOBS_PORT')) return;
  const { target } = values.upstream;
  const others: readonly (readonly [string, number | undefined])[] = [
    ['the port of GW_LISTEN_PORT', values.listen.port],
    ['the port of GW_METRICS_PORT', values.metrics.port],
    [
      'the port of MLflow in GW_TARGET_BASE_URL on the same machine',
      !broken.has('GW_TARGET_BASE_URL') && target.kind !== 'unix' && isLoopback(target.host)
        ? target.port
        : undefined,
    ],
  ];
  for (const [name, other] of others) {
    if (other === port)
      sink.error(
        'GW_JOBS_PORT',
        `is ${port}, ${name}`,
        'Choose another port: the port for jobs requires no token.',
      );
  }
}
