import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Config } from './config.ts';
import type { ConfigError } from './config-error.ts';
import type { Environment } from './environment.ts';
import { loadConfig } from './load.ts';
import { allVariables } from './schema.ts';
import { tryParse } from './value-type.ts';

const facts = { serverFeatures: ['assistant', 'demo'] };
const oidc = {
  GW_TARGET_BASE_URL: 'unix:/run/mlflow/mlflow.sock',
  GW_OIDC_ISSUER: 'https://idp.example.com/realms/ml',
  GW_OIDC_AUDIENCE: 'mlflow',
};

function config(env: Environment): Config {
  const loaded = loadConfig(env, facts);
  if ('errors' in loaded) throw new Error(JSON.stringify(loaded.errors));
  return loaded.config;
}

function errors(env: Environment): readonly ConfigError[] {
  const loaded = loadConfig(env, facts);
  return 'errors' in loaded ? loaded.errors : [];
}

/** The message of the only error, which must be about `variable`. */
function problem(env: Environment, variable: string): string {
  const all = errors(env);
  expect(all.map((error) => error.variable)).toEqual([variable]);
  return all[0]!.problem;
}

test('the smallest configuration has the documented defaults', () => {
  expect(config(oidc)).toEqual({
    listen: { host: '0.0.0.0', port: 8000, drainMs: 25_000, drainDelayMs: 0 },
    tls: { clientNames: [] },
    upstream: {
      target: { kind: 'unix', path: '/run/mlflow/mlflow.sock' },
      caFile: undefined,
      connections: 'auto',
      socketCleanup: false,
      sidecarCheckPorts: [],
      sidecarAllowedPorts: [],
      sidecarCheck: 'listeners',
    },
    auth: {
      mode: 'oidc',
      issuers: [
        {
          issuer: 'https://idp.example.com/realms/ml',
          audience: ['mlflow'],
          keys: { from: 'discovery' },
          algorithms: ['RS256'],
          clockToleranceMs: 30_000,
          subjectClaim: 'sub',
          grants: [{ kind: 'tenant-claim', claim: 'tenant_id', roleClaims: ['roles'], list: false }],
        },
      ],
      tokenCacheSize: 10_000,
      denyListFile: undefined,
    },
    rbac: {
      viewerAliases: [],
      contributorAliases: [],
      adminAliases: [],
      platformAdminAliases: [],
      defaultDeny: true,
      policyFile: undefined,
    },
    tenancy: {
      strategy: 'auto',
      tagKey: 'tenant',
      sharedExperiments: ['0'],
      replicas: 1,
      showTag: false,
      artifactRoot: undefined,
      unknownTags: 'refuse-on-newer',
      map: new Map(),
      allowDefaultWorkspace: false,
      autocreateWorkspaces: false,
      serverFeatures: [],
    },
    http: { allowedOrigins: [], trustedProxies: [] },
    limits: {
      requestTimeoutMs: 30_000,
      streamIdleTimeoutMs: 300_000,
      tenantRequestsAtOnce: 128,
      maxBodyBytes: 4 * 1024 * 1024,
      presignedMaxSeconds: 900,
    },
    audit: { file: undefined },
    metrics: { port: undefined, host: '0.0.0.0', mlflow: false },
    jobs: { port: undefined },
    log: { level: 'info' },
    warnings: [],
  });
});

test('reports all errors together, each with its variable and a fix', () => {
  const all = errors({
    GW_LISTEN_PORT: '80a',
    AUTH_MODE: 'maybe',
    GW_JWKS_JSON: '{}',
    GW_OIDC_ISUER: 'x',
    GW_ALLOW_SERVER_FEATURES: 'assistant,time-travel',
  });
  expect(all.map((error) => error.variable).sort()).toEqual([
    'AUTH_MODE',
    'GW_ALLOW_SERVER_FEATURES',
    'GW_JWKS_JSON',
    'GW_LISTEN_PORT',
    'GW_OIDC_AUDIENCE',
    'GW_OIDC_ISSUER',
    'GW_OIDC_ISUER',
    'GW_TARGET_BASE_URL',
  ]);
  for (const { fix } of all) expect(fix).not.toBe('');
});

test.each(allVariables().map((variable) => [variable.name, variable] as const))(
  '%s: example and default are valid',
  (_, variable) => {
    if (variable.default !== undefined) {
      expect(tryParse(variable.type, variable.default)).toHaveProperty('value');
    }
    // The only abridged example, since keys are long.
    if (variable.name !== 'GW_JWKS_JSON') {
      expect(tryParse(variable.type, variable.example)).toHaveProperty('value');
    }
  },
);

test('names and aliases are unique', () => {
  const names = allVariables().flatMap((variable) => [variable.name, ...(variable.aliases ?? [])]);
  expect(new Set(names).size).toBe(names.length);
  for (const { name } of allVariables()) expect(name).toMatch(/^GW_[A-Z]+(_[A-Z]+)*$/);
});

describe('names', () => {
  test.each([
    ['AUTH_MODE', 'oidc'],
    ['ROLE_CLAIM', 'groups'],
    ['RBAC_VIEWER_ALIASES', 'a'],
    ['RBAC_CONTRIBUTOR_ALIASES', 'b'],
    ['RBAC_ADMIN_ALIASES', 'c'],
    ['RBAC_DEFAULT_DENY', 'true'],
    ['TENANT_TAG_KEY', 'team'],
  ])('%s works without the prefix', (alias, value) => {
    const { warnings: _a, ...short } = config({ ...oidc, [alias]: value });
    const { warnings: _b, ...long } = config({ ...oidc, [`GW_${alias}`]: value });
    expect(short).toEqual(long);
  });

  test('name and alias with the same value agree; with different ones they are an error', () => {
    expect(config({ ...oidc, GW_ROLE_CLAIM: 'groups', ROLE_CLAIM: ' groups' }).auth).toMatchObject({
      issuers: [{ grants: [{ roleClaims: ['groups'] }] }],
    });
    const both = problem({ ...oidc, GW_ROLE_CLAIM: 'groups', ROLE_CLAIM: 'roles' }, 'GW_ROLE_CLAIM');
    expect(both).toContain('ROLE_CLAIM');
  });

  test('an error names the alias that was used', () => {
    expect(problem({ ...oidc, TENANT_TAG_KEY: 'a b' }, 'TENANT_TAG_KEY')).toContain('"a b"');
  });

  test('blank is not set', () => {
    expect(config({ ...oidc, GW_LISTEN_PORT: '', GW_ROLE_CLAIM: '  ' })).toEqual(config(oidc));
    expect(problem({ ...oidc, GW_OIDC_AUDIENCE: ' ' }, 'GW_OIDC_AUDIENCE')).toContain('not set');
  });

  test('a misspelt variable is an error with a suggestion', () => {
    const [error] = errors({ ...oidc, GW_TENANT_CLAIMS: 'x' });
    expect(error).toMatchObject({
      variable: 'GW_TENANT_CLAIMS',
      fix: expect.stringContaining('GW_TENANT_CLAIM?'),
    });
    expect(errors({ ...oidc, GW_TIMEOUT_REQUEST: '3' })[0]!.fix).toContain('GW_REQUEST_TIMEOUT_SECONDS');
    expect(errors({ ...oidc, GW_ENTIRELY_DIFFERENT_THING: '3' })[0]!.fix).toBe('Remove it.');
  });

  test('variables that Kubernetes sets for Services called gw and gw-mlflow are ignored', () => {
    const links = (prefix: string): Environment => ({
      [`${prefix}_SERVICE_HOST`]: '10.96.0.12',
      [`${prefix}_SERVICE_PORT`]: '80',
      [`${prefix}_SERVICE_PORT_HTTP`]: '80',
      [`${prefix}_PORT`]: 'tcp://10.96.0.12:80',
      [`${prefix}_PORT_80_TCP`]: 'tcp://10.96.0.12:80',
      [`${prefix}_PORT_80_TCP_PROTO`]: 'tcp',
      [`${prefix}_PORT_80_TCP_PORT`]: '80',
      [`${prefix}_PORT_80_TCP_ADDR`]: '10.96.0.12',
    });
    expect(config({ ...oidc, ...links('GW'), ...links('GW_MLFLOW') })).toEqual(config(oidc));
    // Without the others it is a misspelt GW_LISTEN_PORT.
    expect(problem({ ...oidc, GW_PORT: '9000' }, 'GW_PORT')).toContain('not a variable');
    expect(problem({ ...oidc, ...links('GW'), GW_OIDC_ALGORITHM: 'x' }, 'GW_OIDC_ALGORITHM')).toContain(
      'not a',
    );
  });
});

describe('identity', () => {
  test('off mode, set by either variable, needs no provider and warns', () => {
    for (const set of [
      { GW_AUTH_MODE: 'off' },
      { GW_AUTH_ENABLED: 'no' },
      { GW_AUTH_ENABLED: '0', AUTH_MODE: 'oidc' },
    ]) {
      const off = config({ GW_TARGET_BASE_URL: 'http://127.0.0.1:5000', ...set });
      expect(off.auth).toEqual({ mode: 'off', devRole: 'admin' });
      expect(off.warnings[0]).toMatch(/OFF/);
    }
  });

  test('a mode that cannot be read does not switch identity off', () => {
    expect(
      errors({ GW_TARGET_BASE_URL: oidc.GW_TARGET_BASE_URL, GW_AUTH_MODE: 'of' }).map((e) => e.variable),
    ).toEqual(['GW_AUTH_MODE', 'GW_OIDC_ISSUER', 'GW_OIDC_AUDIENCE']);
  });

  test('GW_DEV_ROLE is valid in off mode only, and never platform-admin', () => {
    expect(problem({ ...oidc, GW_DEV_ROLE: 'viewer' }, 'GW_DEV_ROLE')).toContain('off mode only');
    const off = { GW_TARGET_BASE_URL: 'http://127.0.0.1:5000', GW_AUTH_MODE: 'off' };
    expect(config({ ...off, GW_DEV_ROLE: 'viewer' }).auth).toMatchObject({ devRole: 'viewer' });
    expect(problem({ ...off, GW_DEV_ROLE: 'platform-admin' }, 'GW_DEV_ROLE')).toContain('not platform-admin');
  });

  test('keys come from one place', () => {
    const uri = { ...oidc, GW_JWKS_URI: 'https://idp.example.com/keys' };
    expect(config(uri).auth).toMatchObject({
      issuers: [{ keys: { from: 'uri', uri: 'https://idp.example.com/keys' } }],
    });
    const both = errors({ ...uri, GW_JWKS_JSON: '{"keys":[' });
    expect(both.map((error) => error.variable)).toContain('GW_JWKS_URI');
  });

  test('an issuer that is not a URL needs GW_JWKS_URI or GW_JWKS_JSON', () => {
    expect(problem({ ...oidc, GW_OIDC_ISSUER: 'acme' }, 'GW_OIDC_ISSUER')).toContain('discovered');
    expect(problem({ ...oidc, GW_OIDC_ISSUER: 'https://a.example/?x=1' }, 'GW_OIDC_ISSUER')).toContain(
      'query',
    );
    expect(
      config({ ...oidc, GW_OIDC_ISSUER: 'acme', GW_JWKS_URI: 'https://a.example/k' }).auth,
    ).toMatchObject({
      issuers: [{ issuer: 'acme' }],
    });
  });

  test('the values for platform-admin are those of the one issuer, in its role claims', () => {
    const set = { GW_ROLE_CLAIM: 'groups', GW_RBAC_PLATFORM_ADMIN_ALIASES: 'root, ops' };
    expect(config({ ...oidc, ...set }).auth).toMatchObject({
      issuers: [{ platformAdmins: { claims: ['groups'], values: ['root', 'ops'] } }],
    });
  });

  test('keys over plain http cause a warning, except from loopback', () => {
    expect(config({ ...oidc, GW_OIDC_ISSUER: 'http://keycloak/realms/ml' }).warnings[0]).toContain(
      'GW_OIDC_ISSUER',
    );
    expect(config({ ...oidc, GW_JWKS_URI: 'http://keycloak/certs' }).warnings[0]).toContain('GW_JWKS_URI');
    expect(config({ ...oidc, GW_OIDC_ISSUER: 'http://127.0.0.1:9000' }).warnings).toEqual([]);
  });

  test.each(['none', 'HS256', 'rs256', 'RS256,HS512'])('the algorithm %s is refused', (value) => {
    expect(problem({ ...oidc, GW_OIDC_ALGORITHMS: value }, 'GW_OIDC_ALGORITHMS')).toContain('ES256');
  });
});

describe('roles and tenants', () => {
  test('one value cannot mean two roles, least of all platform-admin', () => {
    const admins = { ...oidc, GW_RBAC_ADMIN_ALIASES: 'ops', GW_RBAC_PLATFORM_ADMIN_ALIASES: 'root, ops' };
    expect(problem(admins, 'GW_RBAC_PLATFORM_ADMIN_ALIASES')).toContain('"ops"');
    expect(
      problem({ ...oidc, GW_RBAC_PLATFORM_ADMIN_ALIASES: 'admin' }, 'GW_RBAC_PLATFORM_ADMIN_ALIASES'),
    ).toContain('admin');
  });

  test('default deny cannot be switched off, and an attempt causes a warning', () => {
    const tried = config({ ...oidc, GW_RBAC_DEFAULT_DENY: 'false' });
    expect(tried.warnings).toEqual([expect.stringContaining('GW_RBAC_DEFAULT_DENY=false has no effect')]);
  });

  test('a tenant mapped to the default workspace needs GW_ALLOW_DEFAULT_WORKSPACE', () => {
    const map = { ...oidc, GW_TENANT_MAP: 'a=default' };
    expect(problem(map, 'GW_TENANT_MAP')).toContain('"default"');
    expect(config({ ...map, GW_ALLOW_DEFAULT_WORKSPACE: 'yes' }).tenancy.map).toEqual(
      new Map([['a', 'default']]),
    );
  });

  test('settings of the other strategy cause a warning', () => {
    expect(config({ ...oidc, GW_TENANCY: 'tags', GW_TENANT_MAP: 'a=bb' }).warnings[0]).toContain(
      'GW_TENANT_MAP',
    );
    expect(config({ ...oidc, GW_TENANCY: 'workspaces', TENANT_TAG_KEY: 'x' }).warnings[0]).toContain(
      'GW_TENANT_TAG_KEY',
    );
    expect(config({ ...oidc, GW_TENANT_MAP: 'a=bb', TENANT_TAG_KEY: 'x' }).warnings).toEqual([]);
  });

  test('server features must be in the catalog', () => {
    expect(config({ ...oidc, GW_ALLOW_SERVER_FEATURES: 'demo' }).tenancy.serverFeatures).toEqual(['demo']);
    const unknown = errors({ ...oidc, GW_ALLOW_SERVER_FEATURES: 'demo,assistent' });
    expect(unknown[0]!.problem).toContain('assistent');
    expect(unknown[0]!.fix).toContain('assistant');
  });
});

describe('the way to MLflow', () => {
  test('a CA file without TLS is an error, since the operator expects an encrypted connection', () => {
    const ca = { ...oidc, GW_TARGET_CA_FILE: '/ca.crt' };
    expect(problem(ca, 'GW_TARGET_CA_FILE')).toContain('does not use TLS');
    expect(config({ ...ca, GW_TARGET_BASE_URL: 'https://mlflow' }).upstream.caFile).toBe('/ca.crt');
  });

  test('socket cleanup without a socket, and a trusted range of all addresses, cause warnings', () => {
    const env = { ...oidc, GW_TARGET_BASE_URL: 'http://mlflow:5000', GW_UPSTREAM_SOCKET_CLEANUP: 'true' };
    expect(config({ ...env, GW_TRUSTED_PROXIES: '::/0' }).warnings).toHaveLength(2);
  });
});

test('a check of the ports of an MLflow on another machine causes a warning', () => {
  const env = { ...oidc, GW_SIDECAR_CHECK_PORTS: '5000, 8080' };
  expect(config(env)).toMatchObject({ upstream: { sidecarCheckPorts: [5000, 8080] }, warnings: [] });
  expect(config({ ...env, GW_TARGET_BASE_URL: 'http://127.0.0.1:5000' }).warnings).toEqual([]);
  expect(config({ ...env, GW_TARGET_BASE_URL: 'http://mlflow:5000' }).warnings).toEqual([
    expect.stringContaining('GW_SIDECAR_CHECK_PORTS'),
  ]);
  expect(problem({ ...oidc, GW_SIDECAR_CHECK_PORTS: '0' }, 'GW_SIDECAR_CHECK_PORTS')).toContain('1 to 65535');
});

test('allowed ports must not be ports of MLflow, and GW_SIDECAR_CHECK=ports causes a warning', () => {
  const env = { ...oidc, GW_SIDECAR_CHECK_PORTS: '5000,8080' };
  expect(config({ ...env, GW_SIDECAR_ALLOWED_PORTS: '9090, 15020' })).toMatchObject({
    upstream: { sidecarAllowedPorts: [9090, 15020], sidecarCheck: 'listeners' },
    warnings: [],
  });
  expect(problem({ ...env, GW_SIDECAR_ALLOWED_PORTS: '9090,8080' }, 'GW_SIDECAR_ALLOWED_PORTS')).toContain(
    'allows 8080, which GW_SIDECAR_CHECK_PORTS checks for MLflow',
  );
  expect(config({ ...env, GW_SIDECAR_CHECK: 'ports' }).warnings).toEqual([
    expect.stringContaining('GW_SIDECAR_CHECK=ports'),
  ]);
  expect(config({ ...oidc, GW_SIDECAR_ALLOWED_PORTS: '9090' }).warnings).toEqual([
    'GW_SIDECAR_ALLOWED_PORTS has no effect without GW_SIDECAR_CHECK_PORTS.',
  ]);
});

test('the drain delay must not exceed the drain time', () => {
  const env = { ...oidc, GW_DRAIN_SECONDS: '5', GW_DRAIN_DELAY_SECONDS: '5' };
  expect(config(env).listen).toMatchObject({ drainMs: 5_000, drainDelayMs: 5_000 });
  expect(problem({ ...env, GW_DRAIN_DELAY_SECONDS: '6' }, 'GW_DRAIN_DELAY_SECONDS')).toContain(
    'GW_DRAIN_SECONDS (5), which includes it',
  );
  expect(problem({ ...env, GW_DRAIN_SECONDS: 'x' }, 'GW_DRAIN_SECONDS')).toContain('number of seconds');
});

describe('secrets', () => {
  test('a private key in GW_JWKS_JSON is not shown', () => {
    const text = problem(
      { ...oidc, GW_JWKS_JSON: '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' },
      'GW_JWKS_JSON',
    );
    expect(text).not.toContain('c2VjcmV0');
  });

  test.each([
    ['GW_TARGET_BASE_URL', 'http://user:pa/ss@wd@mlflow'],
    ['GW_JWKS_URI', 'https://user:pa/ss@wd@idp/keys'],
    ['GW_ALLOWED_ORIGINS', 'https://ok.example,https://user:pa/ss@wd@b'],
  ])('a password in %s is not shown', (name, value) => {
    const text = problem({ ...oidc, [name]: value }, name);
    expect(text).not.toMatch(/user|pa\/|wd/);
  });
});

test('any environment gives a configuration or a list of errors', () => {
  const names = allVariables().flatMap((variable) => [variable.name, ...(variable.aliases ?? [])]);
  const env = fc.dictionary(
    fc.oneof(
      fc.constantFrom(...names),
      fc.string().map((name) => `GW_${name}`),
    ),
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('true', 'off', '{}', '[]', '1', 'null', '{"a":1}', 'a=b,c='),
    ),
  );
  fc.assert(
    fc.property(env, (given) => {
      const loaded = loadConfig(given, facts);
      if ('config' in loaded) return loaded.config.upstream.target.kind.length > 0;
      return (
        loaded.errors.length > 0 && loaded.errors.every((error) => error.problem !== '' && error.fix !== '')
      );
    }),
  );
});

describe('metrics', () => {
  test('are never served at the gateway’s own port', () => {
    expect(problem({ ...oidc, GW_METRICS_PORT: '8000' }, 'GW_METRICS_PORT')).toContain(
      'is 8000, the port of GW_LISTEN_PORT',
    );
    expect(errors({ ...oidc, GW_METRICS_PORT: '9464', GW_LISTEN_PORT: '9464' })).toHaveLength(1);
    expect(config({ ...oidc, GW_METRICS_PORT: '0', GW_LISTEN_PORT: '0' }).metrics.port).toBe(0);
  });

  test('are never served at the port of an MLflow on the same machine', () => {
    const env = { ...oidc, GW_TARGET_BASE_URL: 'http://127.0.0.1:5000', GW_METRICS_PORT: '5000' };
    expect(problem(env, 'GW_METRICS_PORT')).toContain('the port of MLflow in GW_TARGET_BASE_URL');
    expect(errors({ ...env, GW_METRICS_HOST: '10.1.2.3' })).toEqual([]);
    expect(errors({ ...env, GW_TARGET_BASE_URL: 'http://mlflow:5000' })).toEqual([]);
  });

  test('GW_METRICS_HOST without GW_METRICS_PORT causes a warning', () => {
    expect(config({ ...oidc, GW_METRICS_HOST: '::' }).warnings).toEqual([
      expect.stringContaining('GW_METRICS_HOST has no effect'),
    ]);
    expect(config({ ...oidc, GW_METRICS_HOST: '::', GW_METRICS_PORT: '9464' }).warnings).toEqual([]);
  });
});

describe('the port for jobs', () => {
  test.each([
    [{ GW_JOBS_PORT: '8000' }, 'is 8000, the port of GW_LISTEN_PORT'],
    [{ GW_JOBS_PORT: '9464', GW_METRICS_PORT: '9464' }, 'is 9464, the port of GW_METRICS_PORT'],
    [
      { GW_JOBS_PORT: '5000', GW_TARGET_BASE_URL: 'http://127.0.0.1:5000' },
      'the port of MLflow in GW_TARGET_BASE_URL',
    ],
    [{ GW_JOBS_PORT: 'x' }, ''],
  ])('%j is refused', (env, message) => {
    expect(problem({ ...oidc, ...env }, 'GW_JOBS_PORT')).toContain(message);
  });

  test('is closed unless it is set', () => {
    expect(config(oidc).jobs.port).toBeUndefined();
    expect(config({ ...oidc, GW_JOBS_PORT: '5100' }).jobs.port).toBe(5100);
  });
});

describe('metrics of MLflow', () => {
  test('need a port for metrics', () => {
    expect(config(oidc).metrics.mlflow).toBe(false);
    const env = { ...oidc, GW_METRICS_MLFLOW: 'true' };
    expect(problem(env, 'GW_METRICS_MLFLOW')).toContain('GW_METRICS_PORT is not set');
    expect(config({ ...env, GW_METRICS_PORT: '9464' }).metrics.mlflow).toBe(true);
  });
});

describe('paths', () => {
  test('have no default, and are independent of each other', () => {
    expect(config(oidc).http.pathPrefix).toBeUndefined();
    expect(config(oidc).upstream.pathPrefix).toBeUndefined();
    const both = config({ ...oidc, GW_PATH_PREFIX: '/a', GW_UPSTREAM_PATH_PREFIX: '/b' });
    expect([both.http.pathPrefix, both.upstream.pathPrefix]).toEqual(['/a', '/b']);
  });

  test.each(['/healthz', '/readyz', '/healthz/mlflow'])('%s is refused, since a probe has it', (path) => {
    expect(problem({ ...oidc, GW_PATH_PREFIX: path }, 'GW_PATH_PREFIX')).toContain('has a probe');
    expect(config({ ...oidc, GW_UPSTREAM_PATH_PREFIX: path }).upstream.pathPrefix).toBe(path);
  });

  test('the Host for MLflow has no default, and is never a list', () => {
    expect(config(oidc).upstream.host).toBeUndefined();
    expect(config({ ...oidc, GW_UPSTREAM_HOST: 'ml.example.com' }).upstream.host).toBe('ml.example.com');
    expect(problem({ ...oidc, GW_UPSTREAM_HOST: 'a,b' }, 'GW_UPSTREAM_HOST')).toContain('one host');
  });

  test('in the address of MLflow are refused, with the variable for them', () => {
    const env = { ...oidc, GW_TARGET_BASE_URL: 'http://mlflow:5000/ml' };
    expect(problem(env, 'GW_TARGET_BASE_URL')).toContain('GW_UPSTREAM_PATH_PREFIX');
  });
});

describe('GW_IDENTITY_FILE', () => {
  const { GW_OIDC_ISSUER, GW_OIDC_AUDIENCE, ...target } = oidc;
  const file = { ...target, GW_IDENTITY_FILE: '/etc/mlflow-gateway/identity/identity.yaml' };

  test('replaces issuer and audience', () => {
    const { auth } = config(file);
    expect(auth).toMatchObject({ mode: 'oidc', issuers: [], identityFile: file.GW_IDENTITY_FILE });
  });

  test('together with short variables is one error that names them as they were set', () => {
    const short = {
      GW_OIDC_ISSUER,
      GW_OIDC_AUDIENCE,
      GW_JWKS_URI: 'https://idp.example.com/keys',
      GW_OIDC_ALGORITHMS: 'ES256',
      GW_OIDC_CLOCK_TOLERANCE_SECONDS: '5',
      GW_TENANT_CLAIM: 'org',
      GW_SUBJECT_CLAIM: 'sub',
      ROLE_CLAIM: 'roles',
      GW_RBAC_PLATFORM_ADMIN_ALIASES: 'root',
    };
    expect(problem({ ...file, ...short }, 'GW_IDENTITY_FILE')).toBe(
      `is set together with ${Object.keys(short).join(', ')}, which also describe an issuer`,
    );
    for (const [name, value] of Object.entries(short))
      expect(problem({ ...file, [name]: value }, 'GW_IDENTITY_FILE')).toContain(`together with ${name},`);
  });

  test('aliases of roles and the roles file apply to it', () => {
    const more = { GW_RBAC_VIEWER_ALIASES: 'readers', GW_RBAC_POLICY_FILE: '/etc/policy.json' };
    expect(config({ ...file, ...more }).rbac.viewerAliases).toEqual(['readers']);
  });

  test('has no effect without authentication, and causes a warning in the log', () => {
    expect(config({ ...file, GW_AUTH_MODE: 'off' }).warnings).toContain(
      'GW_IDENTITY_FILE has no effect: authentication is off.',
    );
  });
});
