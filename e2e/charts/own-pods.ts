import { at, merge } from '../../chart/tests/trees.ts';
import type { ChartName, ContainerSpec, EnvEntry, PodObject, Rendering, Values } from './types.ts';

/*
 * The pods of both charts, written by hand: if a chart is not available, every row is tried on a pod of the same shape.
 * If it is available, a test compares the two.
 */

/** The defaults of each chart that appear in pods. */
const DEFAULTS: Readonly<Record<ChartName, Values>> = {
  official: {
    image: { tag: 'v3.12.0-full' },
    server: {
      value_options: { host: '0.0.0.0', port: 5000, workers: 4 },
      flag_options: [],
      staticPrefix: '',
    },
    probes: { liveness: { enabled: true }, readiness: { enabled: true }, startup: { enabled: true } },
    storage: { mountPath: '/mlflow' },
    securityContext: { readOnlyRootFilesystem: true },
  },
  community: {
    image: { tag: '3.15.1' },
    serverHost: '0.0.0.0',
    service: { containerPort: 5000, containerPortName: 'mlflow' },
    log: { enabled: true, level: 'info' },
    backendStore: {
      defaultSqlitePath: ':memory:',
      mysql: { driver: 'pymysql' },
      mssql: { driver: 'pymssql' },
    },
    artifactRoot: { defaultArtifactRoot: './mlruns', defaultArtifactsDestination: './mlartifacts' },
    auth: { appName: 'basic-auth' },
    oauth2Proxy: { listenPort: 4180 },
    minio: { buckets: [{ name: 'mlflow' }] },
    securityContext: { readOnlyRootFilesystem: true },
  },
};

/**
 * Pods and ConfigMaps in the shape of a chart's.
 *
 * @example
 * ownPods('official', { mlflow: { backendStoreUri: 'sqlite:////mlflow/mlflow.db' } });
 */
export function ownPods(chart: ChartName, values: Values): Rendering {
  const all = merge(DEFAULTS[chart], values);
  return chart === 'official' ? official(all) : community(all);
}

const list = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as T[]) : []);
const pairs = (value: unknown): [string, unknown][] => Object.entries((value ?? {}) as object);
const kebab = (text: string): string =>
  text
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll('_', '-')
    .toLowerCase();
const secret = (name: string, secretName: string, key: string): EnvEntry => ({
  name,
  valueFrom: { secretKeyRef: { name: secretName, key } },
});

/** A map without the members that are undefined. */
function some<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

function pod(name: string, labels: unknown, annotations: unknown, spec: object): PodObject {
  const given = annotations as Readonly<Record<string, string>> | undefined;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: some({
      name,
      labels: { 'app.kubernetes.io/name': 'mlflow', ...(labels as object) },
      annotations: given,
    }) as PodObject['metadata'],
    spec: some(spec) as PodObject['spec'],
  };
}

/* MLflow's own chart */

function official(values: Values): Rendering {
  const get = (path: string): unknown => at(values, path);
  const tls = get('tls.enabled') === true;
  const port = get('server.value_options.port') as number;
  const portName = tls ? 'https' : 'http';
  const prefix = get('server.staticPrefix') as string;
  const probe = (kind: string): object | undefined =>
    get(`probes.${kind}.enabled`) === true
      ? { httpGet: some({ path: `${prefix}/health`, port: portName, scheme: tls ? 'HTTPS' : undefined }) }
      : undefined;
  const store = fromEither(values, 'MLFLOW_BACKEND_STORE_URI', 'mlflow.backendStoreUri');
  const container: ContainerSpec = some({
    name: 'mlflow',
    image: `ghcr.io/mlflow/mlflow:${get('image.tag')}`,
    command: [
      'mlflow',
      'server',
      ...pairs(get('server.value_options'))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `--${key.replaceAll('_', '-')}=${value}`),
      ...list<string>(get('server.flag_options')).map((flag) => `--${flag.replaceAll('_', '-')}`),
      ...(prefix === '' ? [] : [`--static-prefix=${prefix}`]),
      ...(tls
        ? [
            '--uvicorn-opts=--ssl-keyfile=/etc/tls/private/tls.key --ssl-certfile=/etc/tls/private/tls.crt --proxy-headers',
          ]
        : []),
      ...(get('metrics.enabled') === true ? ['--expose-prometheus=/tmp/metrics'] : []),
    ],
    ports: [{ name: portName, containerPort: port, protocol: 'TCP' }],
    startupProbe: probe('startup') as ContainerSpec['startupProbe'],
    livenessProbe: probe('liveness') as ContainerSpec['livenessProbe'],
    readinessProbe: probe('readiness') as ContainerSpec['readinessProbe'],
    env: [
      ...store,
      ...fromEither(values, 'MLFLOW_REGISTRY_STORE_URI', 'mlflow.registryStoreUri'),
      ...literal(get, 'MLFLOW_DEFAULT_ARTIFACT_ROOT', 'mlflow.defaultArtifactRoot'),
      ...literal(get, 'MLFLOW_ARTIFACTS_DESTINATION', 'mlflow.artifactsDestination'),
      ...list<EnvEntry>(get('env')),
    ],
    envFrom: get('envFrom') as ContainerSpec['envFrom'],
    securityContext: get('securityContext') as object,
    volumeMounts: [
      ...(get('storage.enabled') === true
        ? [{ name: 'mlflow-storage', mountPath: get('storage.mountPath') }]
        : []),
      ...(get('securityContext.readOnlyRootFilesystem') === true ? [{ name: 'tmp', mountPath: '/tmp' }] : []),
      ...(tls ? [{ name: 'tls', mountPath: '/etc/tls/private', readOnly: true }] : []),
      ...list(get('extraVolumeMounts')),
    ],
  } as ContainerSpec);
  const volumes = [
    ...(get('storage.enabled') === true
      ? [{ name: 'mlflow-storage', persistentVolumeClaim: { claimName: 'mlflow-mlflow' } }]
      : []),
    ...(get('securityContext.readOnlyRootFilesystem') === true ? [{ name: 'tmp', emptyDir: {} }] : []),
    ...(tls ? [{ name: 'tls', secret: { secretName: 'mlflow-tls' } }] : []),
    ...list(get('extraVolumes')),
  ];
  const server = pod('mlflow-mlflow', get('podLabels'), get('podAnnotations'), {
    serviceAccountName: get('serviceAccount.create') === false ? get('serviceAccount.name') : 'mlflow-mlflow',
    imagePullSecrets: get('imagePullSecrets'),
    initContainers: get('extraInitContainers'),
    containers: [container, ...list(get('extraContainers'))],
    volumes,
  });
  const { image } = container;
  const job = (name: string, labels: unknown, annotations: unknown, spec: object): PodObject =>
    pod(name, labels, annotations, { restartPolicy: 'Never', containers: [{ image, env: store, ...spec }] });
  return {
    pods: [
      { role: 'server', pod: server },
      ...(get('migrations.enabled') === true
        ? [
            {
              role: 'job' as const,
              pod: job('mlflow-mlflow-migrate', get('podLabels'), get('podAnnotations'), {
                name: 'migrate',
                command: ['mlflow', 'db', 'upgrade', '--uri', '$(MLFLOW_BACKEND_STORE_URI)'],
              }),
            },
          ]
        : []),
      // Its template ignores the labels of the pods.
      ...(get('garbageCollection.enabled') === true
        ? [
            {
              role: 'job' as const,
              pod: job('mlflow-mlflow-gc', {}, undefined, {
                name: 'mlflow-gc',
                command: ['/bin/sh', '-c', 'mlflow gc --backend-store-uri="$MLFLOW_BACKEND_STORE_URI" ;'],
              }),
            },
          ]
        : []),
    ],
    data: {},
  };
}

function literal(get: (path: string) => unknown, name: string, path: string): EnvEntry[] {
  const value = get(path);
  return typeof value === 'string' && value !== '' ? [{ name, value }] : [];
}

function fromEither(values: Values, name: string, path: string): EnvEntry[] {
  const valueFrom = at(values, `${path}From`) as EnvEntry['valueFrom'];
  return valueFrom === undefined ? literal((p) => at(values, p), name, path) : [{ name, valueFrom }];
}

/* community-charts/mlflow */

function community(values: Values): Rendering {
  const get = (path: string): unknown => at(values, path);
  const on = (path: string): boolean => get(`${path}.enabled`) === true;
  const { containerPort, containerPortName } = get('service') as {
    containerPort: number;
    containerPortName: string;
  };
  const probe = { httpGet: { path: '/health', port: containerPortName } };
  const sql = [
    'backendStore.postgres',
    'postgresql',
    'backendStore.mysql',
    'mysql',
    'backendStore.mssql',
  ].some(on);
  const tag = get('image.tag') as string;
  const image = `burakince/mlflow:${tag}`;
  const iniFile = on('auth') || on('ldapAuth');
  const initContainers = [
    ...(sql && get('backendStore.databaseConnectionCheck') === true
      ? [{ name: 'dbchecker', image: 'busybox:1.38.0', command: ['/script/dbchecker.sh'] }]
      : []),
    ...(sql && get('backendStore.databaseMigration') === true
      ? [{ name: 'mlflow-db-migration', image, command: ['python'], args: ['/opt/mlflow/migrations.py'] }]
      : []),
    ...(iniFile
      ? [{ name: 'ini-file-initializer', image: 'busybox:1.38.0', command: ['sh', '-c', 'true'] }]
      : []),
    ...list(get('initContainers')),
  ];
  const container = {
    name: 'mlflow',
    image,
    command: ['mlflow'],
    args: communityArgs(get, on),
    ports: [{ name: containerPortName, containerPort, protocol: 'TCP' }],
    livenessProbe: probe,
    readinessProbe: probe,
    env: [{ name: 'MLFLOW_VERSION', value: tag }, ...communityEnv(get, on)],
    envFrom: [
      { configMapRef: { name: 'mlflow-env-configmap' } },
      { secretRef: { name: 'mlflow-env-secret' } },
      { secretRef: { name: 'mlflow-flask-server-secret-key' } },
      ...list<string>(get('extraSecretNamesForEnvFrom')).map((name) => ({ secretRef: { name } })),
    ],
    securityContext: get('securityContext'),
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, ...list(get('extraVolumeMounts'))],
  };
  const listen = get('oauth2Proxy.listenPort');
  const proxy = {
    name: 'oauth2-proxy',
    image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.4',
    ports: [{ name: 'oauth2-proxy', containerPort: listen }],
    args: [
      `--http-address=0.0.0.0:${listen}`,
      `--upstream=http://127.0.0.1:${containerPort}`,
      `--provider=${get('oauth2Proxy.provider.name') ?? 'keycloak'}`,
      ...(get('oauth2Proxy.provider.issuerURL') === undefined
        ? []
        : [`--oidc-issuer-url=${get('oauth2Proxy.provider.issuerURL')}`]),
      ...(list<string>(get('oauth2Proxy.extraArgs')).length > 0
        ? list<string>(get('oauth2Proxy.extraArgs'))
        : ['--cookie-secure=true', '--cookie-samesite=lax']),
    ],
    env: [
      secret('OAUTH2_PROXY_CLIENT_ID', 'sso', 'client-id'),
      secret('OAUTH2_PROXY_CLIENT_SECRET', 'sso', 'client-secret'),
      secret('OAUTH2_PROXY_COOKIE_SECRET', 'sso', 'cookie-secret'),
    ],
  };
  const hosts = [...(on('ingress') ? ingressHosts(get) : []), ...list<string>(get('serverAllowedHosts'))];
  const origins = list<string>(get('corsAllowedOrigins'));
  return {
    pods: [
      {
        role: 'server',
        pod: pod('mlflow', { app: 'mlflow', ...(get('extraPodLabels') as object) }, get('podAnnotations'), {
          serviceAccountName: get('serviceAccount.create') === false ? get('serviceAccount.name') : 'mlflow',
          imagePullSecrets: get('imagePullSecrets'),
          initContainers: initContainers.length > 0 ? initContainers : undefined,
          containers: [container, ...list(get('extraContainers')), ...(on('oauth2Proxy') ? [proxy] : [])],
          volumes: [{ name: 'tmp', emptyDir: {} }, ...list(get('extraVolumes'))],
        }),
      },
    ],
    data: {
      'mlflow-env-configmap': {
        MLFLOW_CONFIGURE_LOGGING: 'true',
        MLFLOW_LOGGING_LEVEL: 'INFO',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        DO_NOT_TRACK: 'true',
        ...(hosts.length > 0 ? { MLFLOW_SERVER_ALLOWED_HOSTS: hosts.join(',') } : {}),
        ...(origins.length > 0 ? { MLFLOW_SERVER_CORS_ALLOWED_ORIGINS: origins.join(',') } : {}),
      },
    },
  };
}

const ingressHosts = (get: (path: string) => unknown): string[] =>
  list<{ host: string }>(get('ingress.hosts')).map(({ host }) => host);

function communityArgs(get: (path: string) => unknown, on: (path: string) => boolean): string[] {
  const proxied = get('artifactRoot.proxiedArtifactStorage') === true;
  const root =
    bucket(get, on) ??
    get(proxied ? 'artifactRoot.defaultArtifactsDestination' : 'artifactRoot.defaultArtifactRoot');
  const opts = Object.keys((get('extraArgs') ?? {}) as object);
  const level = on('log') ? `--log-level=${get('log.level')}` : undefined;
  return [
    'server',
    `--host=${get('serverHost')}`,
    `--port=${get('service.containerPort')}`,
    `--backend-store-uri=${databaseOf(get, on)}`,
    `--${proxied ? 'artifacts-destination' : 'default-artifact-root'}=${root}`,
    ...(proxied ? ['--serve-artifacts'] : []),
    ...(on('serviceMonitor') ? ['--expose-prometheus=/mlflow/metrics'] : []),
    ...(on('oidcAuth') ? ['--app-name=oidc-auth'] : []),
    ...(on('auth') ? [`--app-name=${get('auth.appName')}`] : []),
    ...(on('ldapAuth') ? ['--app-name=basic-auth'] : []),
    ...(level !== undefined && !opts.includes('gunicornOpts') && !opts.includes('uvicornOpts')
      ? [`--uvicorn-opts='${level}'`]
      : []),
    ...pairs(get('extraArgs'))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) =>
        level !== undefined && ['gunicornOpts', 'uvicornOpts'].includes(key)
          ? `--${kebab(key)}='${level} ${value}'`
          : `--${kebab(key)}=${value}`,
      ),
    ...list<string>(get('extraFlags')).map((flag) => `--${kebab(flag)}`),
  ];
}

function databaseOf(get: (path: string) => unknown, on: (path: string) => boolean): string {
  if (on('backendStore.postgres') || on('postgresql')) return 'postgresql://';
  if (on('backendStore.mysql') || on('mysql'))
    return 'mysql+pymysql://$(MYSQL_USERNAME):$(MYSQL_PWD)@$(MYSQL_HOST):$(MYSQL_TCP_PORT)/$(MYSQL_DATABASE)';
  if (on('backendStore.mssql'))
    return 'mssql+pymssql://$(MSSQL_USERNAME):$(MSSQL_PWD)@$(MSSQL_HOST):$(MSSQL_TCP_PORT)/$(MSSQL_DATABASE)';
  return `sqlite:///${get('backendStore.defaultSqlitePath')}`;
}

function bucket(get: (path: string) => unknown, on: (path: string) => boolean): string | undefined {
  const path = (store: string): string => String(get(`artifactRoot.${store}.path`) ?? '');
  if (on('artifactRoot.azureBlob'))
    return `wasbs://${get('artifactRoot.azureBlob.container')}@${get('artifactRoot.azureBlob.storageAccount')}.blob.core.windows.net/${path('azureBlob')}`;
  if (on('artifactRoot.s3'))
    return on('minio')
      ? `s3://${list<{ name: string }>(get('minio.buckets'))[0]!.name}/`
      : `s3://${get('artifactRoot.s3.bucket')}/${path('s3')}`;
  if (on('artifactRoot.gcs')) return `gs://${get('artifactRoot.gcs.bucket')}/${path('gcs')}`;
  return undefined;
}

function communityEnv(get: (path: string) => unknown, on: (path: string) => boolean): EnvEntry[] {
  const extra = pairs(get('extraEnvVars'))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => ({ name, value: String(value) }));
  return [
    ...(on('auth') ? [{ name: 'MLFLOW_AUTH_CONFIG_PATH', value: '/etc/mlflow/auth/basic_auth.ini' }] : []),
    ...(on('ldapAuth')
      ? [{ name: 'MLFLOW_AUTH_CONFIG_PATH', value: '/etc/mlflow/auth/ldap_basic_auth.ini' }]
      : []),
    ...(on('oidcAuth')
      ? [
          { name: 'OIDC_DISCOVERY_URL', value: String(get('oidcAuth.discoveryUrl')) },
          { name: 'OIDC_CLIENT_ID', value: String(get('oidcAuth.clientId')) },
        ]
      : []),
    ...(on('postgresql') ? [secret('PGPASSWORD', 'mlflow-postgresql', 'postgres-password')] : []),
    ...(on('mysql') ? [secret('MYSQL_PWD', 'mlflow-mysql', 'mysql-root-password')] : []),
    ...(on('minio') ? [{ name: 'MLFLOW_S3_ENDPOINT_URL', value: 'http://mlflow-minio:9000' }] : []),
    ...extra,
  ];
}
