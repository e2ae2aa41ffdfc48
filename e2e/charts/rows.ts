import type { Method, Origin, PodObject, Values } from './types.ts';

/** The expected result of a row: its pods work, or are refused with this message. */
export type Expected = 'works' | RegExp;

/** One set of values, for each chart that supports it. */
export interface Row {
  /** Names the row in the table and in messages. */
  readonly id: string;
  /** Its name in the table. */
  readonly title: string;
  readonly official?: Values;
  readonly community?: Values;
  /** A custom Deployment: the differences from `plainPod`. */
  readonly plain?: { readonly container?: object; readonly spec?: object };
  /** Annotations of MLflow's pods. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Values of the gateway's chart beside those that every row has. */
  readonly ours?: Values;
  /** The refused row that this row repairs, as its message says. */
  readonly repairs?: string;
  /** Default: it works. For all methods, or for some. */
  readonly expect?: Expected | Partial<Record<Method, Expected>>;
  /** The exceptions for a chart or a manifest. */
  readonly except?: Partial<Record<Origin, Expected | Partial<Record<Method, Expected>>>>;
  /** A remark for readers. */
  readonly note?: string;
  /** The MLflow that the proof runs, if not the newest. */
  readonly mlflow?: string;
}

/** MLflow's own chart does not render without a database. */
const SQLITE: Values = {
  mlflow: { backendStoreUri: 'sqlite:////mlflow/mlflow.db', artifactsDestination: '/mlflow/artifacts' },
  storage: { enabled: true },
};
const POSTGRES: Values = {
  mlflow: {
    backendStoreUriFrom: { secretKeyRef: { name: 'mlflow-db', key: 'uri' } },
    artifactsDestination: 's3://models/',
  },
};
const options = (value_options: Values): Values => ({ ...SQLITE, server: { value_options } });
const flags = (...flag_options: string[]): Values => ({ ...SQLITE, server: { flag_options } });

const communityPostgres = {
  enabled: true,
  host: 'db.example.com',
  database: 'mlflow',
  user: 'mlflow',
  password: 'secret',
};
const HELPER = { name: 'helper', image: 'example.com/helper:1', command: ['sleep', 'infinity'] };
const proxyArgs = (...more: string[]): string[] => [
  '--http-address=0.0.0.0:4180',
  '--upstream=http://127.0.0.1:5000',
  '--provider=oidc',
  '--oidc-issuer-url=https://idp.example.com',
  '--email-domain=*',
  ...more,
];
const PROXY_ENV = ['CLIENT_ID', 'CLIENT_SECRET', 'COOKIE_SECRET'].map((name) => ({
  name: `OAUTH2_PROXY_${name}`,
  valueFrom: { secretKeyRef: { name: 'sso', key: name.toLowerCase().replace('_', '-') } },
}));
const proxy = (...more: string[]): object => ({
  name: 'oauth2-proxy',
  image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.4',
  args: proxyArgs(...more),
  env: PROXY_ENV,
  ports: [{ containerPort: 4180 }],
});
const communityProxy = (...extraArgs: string[]): Values => ({
  enabled: true,
  existingSecret: { name: 'sso' },
  provider: {
    name: 'oidc',
    issuerURL: 'https://idp.example.com',
    redirectURL: 'https://mlflow.example.com/oauth2/callback',
  },
  extraArgs: ['--email-domain=*', ...extraArgs],
});
const LOOPBACK = { 'mlflow-gateway.io/upstream': 'loopback' };
/** Only the webhook moves the gateway's port beside an MLflow that stays on TCP. */
const WEBHOOK_ONLY = (sentence: RegExp): Partial<Record<Method, Expected>> => ({
  policy: sentence,
  'by hand': sentence,
});

/** A pod of MLflow from a manifest, without a chart. */
export function plainPod({ container = {}, spec = {} }: NonNullable<Row['plain']>): PodObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mlflow', labels: { app: 'mlflow' } },
    spec: {
      containers: [
        {
          name: 'mlflow',
          image: 'example.com/mlflow:3.17.2',
          ports: [{ containerPort: 5000 }],
          readinessProbe: { httpGet: { path: '/health', port: 5000 } },
          ...container,
        },
      ],
      ...spec,
    },
  };
}

/** Every row of docs/charts.md. */
export const ROWS: readonly Row[] = [
  {
    id: 'default',
    title: 'as the chart is (MLflow’s own chart needs a database: SQLite on its volume)',
    official: SQLITE,
    community: {},
    plain: { container: { args: ['mlflow', 'server', '--host', '0.0.0.0', '--port', '5000'] } },
  },
  {
    id: 'workspaces',
    title: 'workspaces',
    official: flags('enable_workspaces'),
    community: { extraFlags: ['enableWorkspaces'] },
  },

  // Hosts.
  {
    id: 'ingress',
    title: 'an Ingress, with its host among the allowed ones as the chart’s README says',
    except: { official: { 'by hand': /Add localhost/ } },
    official: {
      ...options({ allowed_hosts: 'mlflow.example.com' }),
      ingress: {
        enabled: true,
        hosts: [{ host: 'mlflow.example.com', paths: [{ path: '/', pathType: 'Prefix' }] }],
      },
    },
    community: {
      ingress: {
        enabled: true,
        hosts: [{ host: 'mlflow.example.com', paths: [{ path: '/', pathType: 'Prefix' }] }],
      },
    },
  },
  {
    id: 'ingress-host-told',
    title: 'an Ingress, with the host set in the gateway’s chart as well (`config.GW_UPSTREAM_HOST`)',
    official: options({ allowed_hosts: 'mlflow.example.com' }),
    ours: { config: { GW_UPSTREAM_HOST: 'mlflow.example.com' } },
    repairs: 'ingress',
  },
  {
    id: 'httproute',
    title: 'an HTTPRoute of the Gateway API',
    expect: { 'by hand': /Add localhost/ },
    official: {
      ...options({ allowed_hosts: 'mlflow.example.com' }),
      httpRoute: { enabled: true, parentRefs: [{ name: 'public' }], hostnames: ['mlflow.example.com'] },
    },
  },
  {
    id: 'hosts-several',
    title: 'several allowed hosts',
    except: { official: { 'by hand': /Add localhost/ } },
    official: options({ allowed_hosts: 'mlflow.example.com,mlflow.internal:5000' }),
    community: { serverAllowedHosts: ['mlflow.example.com', 'mlflow.internal:5000'] },
  },
  {
    id: 'hosts-pattern',
    title: 'allowed hosts with a wildcard',
    official: options({ allowed_hosts: '*.example.com' }),
    community: { serverAllowedHosts: ['*.example.com'] },
    except: { official: { 'by hand': /Add localhost/ } },
  },
  {
    id: 'hosts-pattern-localhost',
    title: 'allowed hosts with a wildcard, and localhost',
    official: options({ allowed_hosts: '*.example.com,localhost' }),
    community: { serverAllowedHosts: ['*.example.com', 'localhost'] },
    repairs: 'hosts-pattern',
  },
  {
    id: 'hosts-all',
    title: 'all hosts allowed',
    official: options({ allowed_hosts: '*' }),
    community: { serverAllowedHosts: ['*'] },
  },
  {
    id: 'hosts-in-env',
    title: 'allowed hosts in the environment',
    official: { ...SQLITE, env: [{ name: 'MLFLOW_SERVER_ALLOWED_HOSTS', value: 'mlflow.example.com' }] },
    community: { extraEnvVars: { MLFLOW_SERVER_ALLOWED_HOSTS: 'mlflow.example.com' } },
  },
  {
    id: 'hosts-from-secret',
    title: 'allowed hosts from a Secret',
    official: {
      ...SQLITE,
      env: [
        { name: 'MLFLOW_SERVER_ALLOWED_HOSTS', valueFrom: { secretKeyRef: { name: 'hosts', key: 'hosts' } } },
      ],
    },
    expect: { webhook: /cannot be read.*allowed_hosts/s, policy: /MLFLOW_SERVER_ALLOWED_HOSTS/ },
  },
  {
    id: 'hosts-by-envfrom',
    title: 'allowed hosts from a whole Secret (envFrom)',
    official: { ...SQLITE, envFrom: [{ secretRef: { name: 'hosts' } }] },
    community: { extraSecretNamesForEnvFrom: ['hosts'] },
  },
  {
    id: 'hosts-unchecked',
    title: 'MLflow’s checks of hosts and origins turned off',
    official: flags('disable_security_middleware'),
    community: { extraFlags: ['disableSecurityMiddleware'] },
  },
  {
    id: 'cors',
    title: 'CORS origins',
    official: options({ cors_allowed_origins: 'https://app.example.com' }),
    community: { corsAllowedOrigins: ['https://app.example.com'] },
  },

  // Stores.
  {
    id: 'postgres',
    title: 'PostgreSQL that exists',
    official: POSTGRES,
    community: { backendStore: { databaseConnectionCheck: true, postgres: communityPostgres } },
  },
  {
    id: 'postgres-migrations',
    title: 'PostgreSQL that exists, with migrations',
    official: { ...POSTGRES, migrations: { enabled: true } },
    community: { backendStore: { databaseMigration: true, postgres: communityPostgres } },
    note: 'The pod of the migration Job has the label too, and stays unchanged.',
  },
  {
    id: 'postgres-subchart',
    title: 'PostgreSQL of the chart, with migrations',
    community: {
      postgresql: { enabled: true },
      backendStore: { databaseMigration: true, databaseConnectionCheck: true },
    },
  },
  {
    id: 'mysql',
    title: 'MySQL that exists, with migrations',
    official: {
      mlflow: {
        backendStoreUri: 'mysql+pymysql://mlflow:secret@db.example.com/mlflow',
        artifactsDestination: 's3://models/',
      },
    },
    community: {
      backendStore: { databaseMigration: true, databaseConnectionCheck: true, mysql: communityPostgres },
    },
  },
  {
    id: 'mysql-subchart',
    title: 'MySQL of the chart, with migrations',
    community: {
      mysql: { enabled: true },
      backendStore: { databaseMigration: true, databaseConnectionCheck: true },
    },
  },
  {
    id: 'mssql',
    title: 'SQL Server',
    community: { backendStore: { mssql: communityPostgres } },
  },
  {
    id: 'external-secrets',
    title: 'the database’s address from the External Secrets Operator',
    official: {
      externalSecrets: {
        enabled: true,
        provider: { fake: {} },
        secretName: 'mlflow-db',
        data: [{ secretKey: 'uri', remoteRef: { key: 'db' } }],
      },
      mlflow: { backendStoreUriFrom: { secretKeyRef: { name: 'mlflow-db', key: 'uri' } } },
    },
  },
  {
    id: 'registry-store',
    title: 'a registry database of its own',
    official: {
      ...SQLITE,
      mlflow: {
        backendStoreUri: 'sqlite:////mlflow/mlflow.db',
        registryStoreUri: 'sqlite:////mlflow/registry.db',
      },
    },
    community: { extraArgs: { registryStoreUri: 'sqlite:////tmp/registry.db' } },
  },
  {
    id: 's3-proxied',
    title: 'S3, through MLflow',
    official: {
      mlflow: { backendStoreUri: 'postgresql://db.example.com/mlflow', artifactsDestination: 's3://models/' },
    },
    community: { artifactRoot: { proxiedArtifactStorage: true, s3: { enabled: true, bucket: 'models' } } },
  },
  {
    id: 's3-direct',
    title: 'S3, which clients access directly',
    official: {
      mlflow: { backendStoreUri: 'postgresql://db.example.com/mlflow', defaultArtifactRoot: 's3://models/' },
    },
    community: { artifactRoot: { s3: { enabled: true, bucket: 'models' } } },
    note: 'Artifacts then bypass the gateway, with rights that S3 gives: docs/storage.md.',
  },
  {
    id: 'minio-proxied',
    title: 'MinIO of the chart, through MLflow',
    community: {
      minio: { enabled: true },
      artifactRoot: { proxiedArtifactStorage: true, s3: { enabled: true } },
    },
  },
  {
    id: 'minio-direct',
    title: 'MinIO of the chart, which clients access directly',
    community: { minio: { enabled: true }, artifactRoot: { s3: { enabled: true } } },
    note: 'Artifacts then bypass the gateway.',
  },
  {
    id: 'azure',
    title: 'Azure Blob Storage, through MLflow',
    community: {
      artifactRoot: {
        proxiedArtifactStorage: true,
        azureBlob: { enabled: true, container: 'models', storageAccount: 'company', accessKey: 'secret' },
      },
    },
  },
  {
    id: 'gcs',
    title: 'Google Cloud Storage, through MLflow',
    community: { artifactRoot: { proxiedArtifactStorage: true, gcs: { enabled: true, bucket: 'models' } } },
  },
  {
    id: 'no-serve-artifacts',
    title: 'no artifacts through MLflow',
    official: flags('no_serve_artifacts'),
    community: { extraFlags: ['noServeArtifacts'] },
  },
  {
    id: 'artifacts-only',
    title: 'an MLflow that only serves artifacts',
    official: flags('artifacts_only'),
    community: { extraFlags: ['artifactsOnly'] },
    expect: /artifacts/,
  },

  // The identity of the user.
  {
    id: 'basic-auth',
    title: 'MLflow’s basic-auth',
    official: options({ app_name: 'basic-auth' }),
    community: { auth: { enabled: true, adminUsername: 'admin', adminPassword: 'secret-secret' } },
    expect: /credentials.*(?:auth\.enabled|app_name)/s,
  },
  {
    id: 'basic-auth-postgres',
    title: 'MLflow’s basic-auth with its users in PostgreSQL',
    community: {
      auth: {
        enabled: true,
        adminUsername: 'admin',
        adminPassword: 'secret-secret',
        postgres: communityPostgres,
      },
      backendStore: { postgres: communityPostgres },
    },
    expect: /credentials.*auth\.enabled/s,
  },
  {
    id: 'ldap',
    title: 'LDAP',
    community: {
      ldapAuth: {
        enabled: true,
        uri: 'ldap://ldap.example.com',
        lookupBind: 'uid=%s,ou=people,dc=example',
        groupAttribute: 'dn',
        searchBaseDistinguishedName: 'ou=groups,dc=example',
        adminGroupDistinguishedName: 'cn=admin,dc=example',
        userGroupDistinguishedName: 'cn=user,dc=example',
      },
    },
    expect: /credentials.*ldapAuth\.enabled/s,
  },
  {
    id: 'oidc-app',
    title: 'the app mlflow-oidc-auth',
    official: options({ app_name: 'oidc-auth' }),
    community: {
      oidcAuth: {
        enabled: true,
        discoveryUrl: 'https://idp.example.com/.well-known/openid-configuration',
        clientId: 'mlflow',
        clientSecret: 'secret',
      },
    },
    expect: /credentials.*(?:oidcAuth\.enabled|app_name)/s,
  },
  {
    id: 'auth-off',
    title: 'that app removed again',
    official: SQLITE,
    community: { auth: { enabled: false }, ldapAuth: { enabled: false }, oidcAuth: { enabled: false } },
    repairs: 'basic-auth',
  },
  {
    id: 'oauth2-proxy',
    title: 'oauth2-proxy in the pod',
    official: { ...SQLITE, extraContainers: [proxy()] },
    community: { oauth2Proxy: communityProxy() },
    expect: /4180/,
  },
  {
    id: 'oauth2-proxy-deaf',
    title: 'oauth2-proxy in the pod, its port allowed, its callers’ tokens not passed on',
    official: { ...SQLITE, extraContainers: [proxy()] },
    community: { oauth2Proxy: communityProxy() },
    annotations: { 'mlflow-gateway.io/allowed-ports': '4180' },
    ours: { networkPolicy: { sidecarPorts: [4180] } },
    expect: /--pass-authorization-header/,
  },
  {
    id: 'oauth2-proxy-passing',
    title: 'oauth2-proxy in the pod, its port allowed, with --pass-authorization-header',
    official: { ...SQLITE, extraContainers: [proxy('--pass-authorization-header=true')] },
    community: { oauth2Proxy: communityProxy('--pass-authorization-header=true') },
    annotations: { 'mlflow-gateway.io/allowed-ports': '4180' },
    ours: { networkPolicy: { sidecarPorts: [4180] } },
    repairs: 'oauth2-proxy-deaf',
  },
  {
    id: 'oauth2-proxy-loopback',
    title: 'oauth2-proxy in the pod, MLflow on 127.0.0.1',
    official: {
      ...options({ host: '127.0.0.1' }),
      extraContainers: [proxy('--pass-authorization-header=true')],
    },
    community: { serverHost: '127.0.0.1', oauth2Proxy: communityProxy('--pass-authorization-header=true') },
    annotations: { ...LOOPBACK, 'mlflow-gateway.io/allowed-ports': '4180' },
    ours: { networkPolicy: { sidecarPorts: [4180] } },
    expect: { webhook: /oauth2-proxy|loopback/, policy: /webhook/ },
    note: 'By hand, only the socket is supported: the annotation has no effect.',
  },

  // Paths.
  {
    id: 'static-prefix',
    title: 'a static prefix, with the chart’s own MLflow',
    official: { ...SQLITE, server: { staticPrefix: '/mlflow' } },
    community: { extraArgs: { staticPrefix: '/mlflow' } },
    expect: { webhook: /3\.16/, policy: /3\.16/, 'by hand': /3\.16|GW_UPSTREAM_PATH_PREFIX/ },
    except: { community: /3\.16|GW_UPSTREAM_PATH_PREFIX/ },
  },
  {
    id: 'static-prefix-newer',
    title: 'a static prefix, with MLflow 3.17',
    official: { ...SQLITE, image: { tag: 'v3.17.2-full' }, server: { staticPrefix: '/mlflow' } },
    community: { image: { tag: '3.17.2' }, extraArgs: { staticPrefix: '/mlflow' } },
    repairs: 'static-prefix',
    expect: { 'by hand': /GW_UPSTREAM_PATH_PREFIX/ },
    except: { community: { policy: /probe.*injection\.method/s, 'by hand': /GW_UPSTREAM_PATH_PREFIX/ } },
    note: 'The probes of community-charts/mlflow always request `/health`, which MLflow serves below its prefix only: the webhook moves them.',
  },
  {
    id: 'static-prefix-told',
    title: 'a static prefix, with MLflow 3.17, set in the gateway’s chart as well',
    official: { ...SQLITE, image: { tag: 'v3.17.2-full' }, server: { staticPrefix: '/mlflow' } },
    ours: { config: { GW_UPSTREAM_PATH_PREFIX: '/mlflow', GW_PATH_PREFIX: '/mlflow' } },
    repairs: 'static-prefix-newer',
  },
  {
    id: 'prefix-of-gateway',
    title: 'a path that only the gateway has (`config.GW_PATH_PREFIX`)',
    official: SQLITE,
    community: {},
    ours: { config: { GW_PATH_PREFIX: '/mlflow' } },
    expect: { policy: /probe.*injection\.method/s, 'by hand': /probe.*injection\.method/s },
    note: 'Neither chart has a value for the path of its probes: the webhook moves them.',
  },

  // Servers and their options.
  {
    id: 'workers',
    title: 'two worker processes',
    official: options({ workers: 2 }),
    community: { extraArgs: { workers: '2' } },
  },
  {
    id: 'uvicorn-options',
    title: 'options for uvicorn',
    official: options({ uvicorn_opts: '--timeout-keep-alive=30' }),
    community: { extraArgs: { uvicornOpts: '--timeout-keep-alive=30' } },
    except: { community: /quotes.*log\.enabled/s },
    note: 'community-charts/mlflow puts them and its own `--log-level` into quotes, with which uvicorn does not start, with and without a gateway.',
  },
  {
    id: 'uvicorn-options-only',
    title: 'options for uvicorn, without the chart’s own',
    community: { log: { enabled: false }, extraArgs: { uvicornOpts: '--timeout-keep-alive=30' } },
    repairs: 'uvicorn-options',
  },
  {
    id: 'uvicorn-socket',
    title: 'uvicorn on a socket of one’s own',
    official: options({ uvicorn_opts: '--uds=/tmp/own.sock' }),
    community: { extraArgs: { uvicornOpts: '--uds=/tmp/own.sock' } },
    expect: /--uds/,
  },
  {
    id: 'gunicorn',
    title: 'options for gunicorn',
    official: options({ gunicorn_opts: '--timeout 120' }),
    community: { extraArgs: { gunicornOpts: '--timeout 120' } },
    expect: /gunicorn/,
  },
  {
    id: 'gunicorn-loopback',
    title: 'options for gunicorn, MLflow on 127.0.0.1',
    official: options({ gunicorn_opts: '--timeout 120', host: '127.0.0.1' }),
    community: {
      serverHost: '127.0.0.1',
      log: { enabled: false },
      extraArgs: { gunicornOpts: '--timeout 120' },
    },
    annotations: LOOPBACK,
    repairs: 'gunicorn',
    expect: WEBHOOK_ONLY(/webhook/),
  },
  {
    id: 'waitress',
    title: 'options for waitress',
    official: options({ waitress_opts: '--threads=8' }),
    community: { extraArgs: { waitressOpts: '--threads=8' } },
    expect: /waitress_opts.*MLflow brings no waitress/s,
  },
  {
    id: 'two-servers',
    title: 'options for two servers',
    official: options({ gunicorn_opts: '--timeout 120', uvicorn_opts: '--timeout-keep-alive=30' }),
    community: { extraArgs: { gunicornOpts: '--timeout 120', uvicornOpts: '--timeout-keep-alive=30' } },
    expect: /gunicorn/,
  },
  {
    id: 'root-path',
    title: 'uvicorn’s --root-path',
    official: options({ uvicorn_opts: '--root-path=/mlflow' }),
    community: { extraArgs: { uvicornOpts: '--root-path=/mlflow' } },
    expect: /--root-path/,
  },
  {
    id: 'dev',
    title: 'MLflow’s --dev',
    official: flags('dev'),
    community: { log: { enabled: false }, extraFlags: ['dev'] },
  },
  {
    id: 'loopback',
    title: 'MLflow on 127.0.0.1 rather than a socket',
    official: options({ host: '127.0.0.1' }),
    community: { serverHost: '127.0.0.1' },
    annotations: LOOPBACK,
    expect: { policy: /webhook/ },
    note: 'By hand, only the socket is supported: the annotation has no effect.',
  },
  {
    id: 'tls',
    title: 'TLS in MLflow itself',
    official: { ...SQLITE, tls: { enabled: true, secretName: 'mlflow-tls' } },
    community: { extraArgs: { uvicornOpts: '--ssl-keyfile=/tls/tls.key --ssl-certfile=/tls/tls.crt' } },
    expect: /TLS/,
  },
  {
    id: 'metrics',
    title: 'MLflow’s metrics with a ServiceMonitor',
    official: { ...SQLITE, metrics: { enabled: true }, serviceMonitor: { enabled: true } },
    community: { serviceMonitor: { enabled: true } },
    expect: /metrics/,
  },
  {
    id: 'metrics-by-gateway',
    title: 'MLflow’s metrics, read through the gateway’s port for metrics',
    official: { ...SQLITE, metrics: { enabled: true }, serviceMonitor: { enabled: false } },
    community: { extraArgs: { exposePrometheus: '/tmp/metrics' } },
    ours: { metrics: { enabled: true, mlflow: { enabled: true }, from: [{ namespaceSelector: {} }] } },
    repairs: 'metrics',
  },
  {
    id: 'env-file',
    title: 'an env file',
    plain: {
      container: { command: ['mlflow', '--env-file', '/tmp/mlflow.env', 'server', '--host=0.0.0.0'] },
    },
  },

  // Other containers.
  {
    id: 'init-containers',
    title: 'init containers',
    official: { ...SQLITE, extraInitContainers: [{ ...HELPER, command: ['true'] }] },
    community: { initContainers: [{ ...HELPER, command: ['true'] }] },
  },
  {
    id: 'native-sidecar',
    title: 'a native sidecar of another kind',
    official: { ...SQLITE, extraInitContainers: [{ ...HELPER, restartPolicy: 'Always' }] },
    community: { initContainers: [{ ...HELPER, restartPolicy: 'Always' }] },
  },
  {
    id: 'extra-container',
    title: 'another container, without a port',
    official: { ...SQLITE, extraContainers: [HELPER] },
    community: { extraContainers: [HELPER] },
  },
  {
    id: 'extra-port',
    title: 'another container with a port',
    official: { ...SQLITE, extraContainers: [{ ...HELPER, ports: [{ containerPort: 9090 }] }] },
    community: { extraContainers: [{ ...HELPER, ports: [{ containerPort: 9090 }] }] },
    expect: /9090/,
  },
  {
    id: 'extra-port-allowed',
    title: 'another container with a port that is allowed',
    official: { ...SQLITE, extraContainers: [{ ...HELPER, ports: [{ containerPort: 9090 }] }] },
    community: { extraContainers: [{ ...HELPER, ports: [{ containerPort: 9090 }] }] },
    annotations: { 'mlflow-gateway.io/allowed-ports': '9090' },
    repairs: 'extra-port',
    expect: { 'by hand': /GW_SIDECAR_ALLOWED_PORTS/ },
  },
  {
    id: 'extra-port-told',
    title:
      'another container with a port that the gateway’s chart allows for all pods (`networkPolicy.sidecarPorts`)',
    official: { ...SQLITE, extraContainers: [{ ...HELPER, ports: [{ containerPort: 9090 }] }] },
    community: { extraContainers: [{ ...HELPER, ports: [{ containerPort: 9090 }] }] },
    ours: { networkPolicy: { sidecarPorts: [9090] } },
    repairs: 'extra-port',
  },
  {
    id: 'second-mlflow',
    title: 'a second MLflow in the pod',
    official: {
      ...SQLITE,
      extraContainers: [{ ...HELPER, command: ['mlflow', 'server', '--port=5001', '--host=0.0.0.0'] }],
    },
    community: {
      extraContainers: [{ ...HELPER, command: ['mlflow', 'server', '--port=5001', '--host=0.0.0.0'] }],
    },
    expect: /helper.*MLflow|MLflow.*helper/s,
  },
  {
    id: 'shell',
    title: 'a command through sh -c',
    plain: { container: { command: ['sh', '-c', 'exec mlflow server --host 0.0.0.0 --port 5000'] } },
  },
  {
    id: 'shell-variable',
    title: 'a command through sh -c, with a variable for the port',
    plain: {
      container: {
        command: ['sh', '-c', 'mlflow server --host 0.0.0.0 --port $PORT'],
        env: [{ name: 'PORT', value: '5000' }],
      },
    },
  },
  {
    id: 'shell-steps',
    title: 'a migration and the server in one sh -c',
    plain: {
      container: {
        command: ['/bin/sh', '-c'],
        args: [
          'mlflow db upgrade sqlite:////tmp/steps.db && exec mlflow server --backend-store-uri sqlite:////tmp/steps.db --host 0.0.0.0',
        ],
      },
    },
  },
  {
    id: 'uvicorn-direct',
    title: 'MLflow’s app run by uvicorn itself',
    plain: {
      container: {
        command: ['uvicorn', '--host', '0.0.0.0', '--port', '5000', 'mlflow.server.fastapi_app:app'],
      },
    },
  },
  {
    id: 'gunicorn-direct',
    title: 'MLflow’s app run by gunicorn itself',
    plain: { container: { command: ['gunicorn', '-b', '0.0.0.0:5000', 'mlflow.server:app'] } },
    expect: /gunicorn/,
  },
  {
    id: 'host-network',
    title: 'the node’s network',
    plain: {
      container: { args: ['mlflow', 'server', '--host', '0.0.0.0'] },
      spec: { hostNetwork: true },
    },
    expect: /hostNetwork/,
  },

  // The pod around it.
  {
    id: 'read-only-root',
    title: 'a read-only root file system',
    official: { ...SQLITE, securityContext: { readOnlyRootFilesystem: true } },
    community: { securityContext: { readOnlyRootFilesystem: true } },
    plain: {
      container: {
        args: ['mlflow', 'server', '--host', '0.0.0.0', '--backend-store-uri', 'sqlite:////tmp/mlflow.db'],
        securityContext: { readOnlyRootFilesystem: true },
      },
    },
  },
  {
    id: 'writable-root',
    title: 'a root file system that can be written',
    official: { ...SQLITE, securityContext: { readOnlyRootFilesystem: false } },
    community: { securityContext: { readOnlyRootFilesystem: false } },
  },
  {
    id: 'port',
    title: 'another port',
    official: options({ port: 8080 }),
    community: { service: { containerPort: 8080 } },
    expect: /injection\.port/,
  },
  {
    id: 'port-told',
    title: 'another port, set in the gateway’s chart as well',
    official: options({ port: 8080 }),
    community: { service: { containerPort: 8080 } },
    ours: { injection: { port: 8080 } },
    repairs: 'port',
  },
  {
    id: 'port-name',
    title: 'another name of the port',
    community: { service: { containerPortName: 'web' } },
  },
  {
    id: 'service',
    title: 'a Service of type NodePort at another port',
    official: { ...SQLITE, service: { type: 'NodePort', port: 80 } },
    community: { service: { type: 'NodePort', port: 8000 } },
  },
  {
    id: 'autoscaling',
    title: 'autoscaling',
    community: { autoscaling: { enabled: true }, backendStore: { postgres: communityPostgres } },
  },
  {
    id: 'replicas-rwx',
    title: 'several replicas with a shared volume (RWX)',
    official: { ...POSTGRES, replicaCount: 3, storage: { enabled: true, accessMode: 'ReadWriteMany' } },
    community: {
      replicaCount: 3,
      backendStore: { postgres: communityPostgres },
      extraVolumes: [{ name: 'artifacts', persistentVolumeClaim: { claimName: 'rwx' } }],
      extraVolumeMounts: [{ name: 'artifacts', mountPath: '/artifacts' }],
    },
  },
  {
    id: 'replicas-rwo',
    title: 'several replicas with a volume for one node (RWO)',
    official: { ...POSTGRES, replicaCount: 3, storage: { enabled: true, accessMode: 'ReadWriteOnce' } },
    community: {
      replicaCount: 3,
      backendStore: { postgres: communityPostgres },
      extraVolumes: [{ name: 'artifacts', persistentVolumeClaim: { claimName: 'rwo' } }],
      extraVolumeMounts: [{ name: 'artifacts', mountPath: '/artifacts' }],
    },
    note: 'Kubernetes starts only the replicas on the volume’s node, with and without the gateway.',
  },
  {
    id: 'ordinary-sidecar',
    title: 'migrations, with injection.sidecar=container',
    official: { ...POSTGRES, migrations: { enabled: true } },
    community: { backendStore: { databaseMigration: true, postgres: communityPostgres } },
    ours: { injection: { sidecar: 'container' } },
    expect: { policy: /injection\.sidecar/ },
  },
  {
    id: 'garbage-collection',
    title: 'garbage collection',
    official: { ...SQLITE, garbageCollection: { enabled: true } },
    note: 'Its pods stay unchanged: [Garbage collection](#garbage-collection).',
  },
  {
    id: 'network-policy',
    title: 'MLflow’s own NetworkPolicy',
    official: { ...POSTGRES, networkPolicy: { enabled: true } },
    note: 'It limits the pod’s connections, the gateway’s too: an identity provider at another port than 443 has to be in `networkPolicy.additionalEgressRules`.',
  },
  {
    id: 'pull-secrets',
    title: 'pull secrets',
    official: { ...SQLITE, imagePullSecrets: [{ name: 'registry' }] },
    community: { imagePullSecrets: [{ name: 'registry' }] },
  },
  {
    id: 'service-account',
    title: 'a service account that exists',
    official: { ...SQLITE, serviceAccount: { create: false, name: 'mlflow' } },
    community: { serviceAccount: { create: false, name: 'mlflow' } },
  },
  {
    id: 'old-image',
    title: 'an MLflow before 3.5',
    official: { ...SQLITE, image: { tag: 'v3.1.4-full' } },
    community: { image: { tag: '2.22.5' }, log: { enabled: false } },
    expect: /3\.5/,
  },
  {
    id: 'old-image-loopback',
    title: 'an MLflow before 3.5, on 127.0.0.1',
    official: { ...options({ host: '127.0.0.1' }), image: { tag: 'v3.1.4-full' } },
    community: { image: { tag: '3.1.4' }, serverHost: '127.0.0.1', log: { enabled: false } },
    annotations: LOOPBACK,
    repairs: 'old-image',
    expect: WEBHOOK_ONLY(/3\.5|webhook/),
    mlflow: '3.1.4',
  },
  {
    id: 'no-probes',
    title: 'no probes',
    official: {
      ...SQLITE,
      probes: { liveness: { enabled: false }, readiness: { enabled: false }, startup: { enabled: false } },
    },
  },
  {
    id: 'no-log-options',
    title: 'no options for logging',
    community: { log: { enabled: false } },
  },
];
