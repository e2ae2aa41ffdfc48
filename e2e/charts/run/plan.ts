import type { ContainerSpec, EnvEntry, PodObject, Rendering } from '../types.ts';

/** A process in place of a container. */
export interface ProcessPlan {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** One HTTP probe, as the kubelet would send it. */
interface ProbePlan {
  readonly port: number;
  readonly path: string;
  readonly scheme: string;
}

/** The processes of a pod, and the requests to it. */
export interface Plan {
  /** The MLflow to run; default the newest. */
  readonly version?: string;
  readonly mlflow: ProcessPlan;
  readonly gateway: ProcessPlan;
  /** The oauth2-proxy of the pod, if any. */
  readonly proxy: ProcessPlan | undefined;
  readonly probes: readonly ProbePlan[];
  /** Ports at which the pod may be reached from outside. */
  readonly ports: readonly number[];
  /** The gateway's port. */
  readonly port: number;
  /** The gateway's path prefix. */
  readonly prefix: string;
  readonly metricsPort: number | undefined;
  /** The volume of MLflow's socket. */
  readonly socketDirectory: string;
  readonly readOnlyRoot: boolean;
}

/** The address of the pod in its network. */
export const POD_IP = '10.244.0.9';
/** The address of the proof's identity provider, inside the pod's network. */
export const ISSUER_PORT = 18_080;
const ISSUER = `http://127.0.0.1:${ISSUER_PORT}`;

const GATEWAY = 'mlflow-gateway';

/**
 * Turns a pod into the processes that replace its containers.
 *
 * Differences from the cluster: databases are SQLite and object stores a folder, both in the pod's `/tmp`; there is one worker
 * where the chart has four, unless the row is about workers; MLflow's job runner is off; the gateway has the proof's identity provider.
 */
export function planOf(pod: PodObject, data: Rendering['data'], keepWorkers: boolean): Plan {
  const { containers, initContainers = [] } = pod.spec;
  const all = [...initContainers, ...containers];
  const gateway = all.find(({ name }) => name === GATEWAY);
  if (gateway === undefined) throw new Error(`the pod ${pod.metadata.name} has no gateway`);
  const mlflow = containers.find(({ name }) => name === 'mlflow') ?? containers[0]!;
  const env = environment(gateway, data);
  const port = Number(env.GW_LISTEN_PORT);
  const mount = (gateway.volumeMounts as { name: string; mountPath: string }[] | undefined)?.find(
    ({ name }) => name === 'mlflow-gateway-socket',
  );
  const proxy = containers.find(({ name }) => name === 'oauth2-proxy');
  const metricsPort = Number(env.GW_METRICS_PORT ?? 0) || undefined;
  const allowed = (env.GW_SIDECAR_ALLOWED_PORTS ?? '').split(',').map(Number).filter(Boolean);
  return {
    mlflow: mlflowProcess(mlflow, data, keepWorkers),
    gateway: {
      command: [],
      env: {
        // The proof does not measure the time that it needs to end.
        ...sorted(env, /^GW_DRAIN_DELAY_SECONDS$/),
        GW_OIDC_ISSUER: ISSUER,
        GW_OIDC_AUDIENCE: 'mlflow',
        GW_WORKSPACE_AUTOCREATE: 'true',
      },
    },
    proxy: proxy === undefined ? undefined : proxyProcess(proxy, data),
    probes: unique([mlflow, gateway].flatMap((container) => probesOf(container, mlflow))),
    ports: [port, ...(metricsPort === undefined ? [] : [metricsPort]), ...allowed],
    port,
    prefix: env.GW_PATH_PREFIX ?? '',
    metricsPort,
    socketDirectory: mount?.mountPath ?? '/run/mlflow',
    readOnlyRoot: mlflow.securityContext?.readOnlyRootFilesystem === true,
  };
}

function probesOf(container: ContainerSpec, mlflow: ContainerSpec): ProbePlan[] {
  return (['startupProbe', 'livenessProbe', 'readinessProbe'] as const).flatMap((kind) => {
    const get = container[kind]?.httpGet;
    if (get === undefined) return [];
    const port =
      typeof get.port === 'number'
        ? get.port
        : ((container.ports ?? mlflow.ports)?.find(({ name }) => name === get.port)?.containerPort ??
          Number(get.port));
    return [{ port, path: get.path ?? '/', scheme: get.scheme ?? 'HTTP' }];
  });
}

/** Joins equal requests of several containers and probes. */
const unique = (probes: readonly ProbePlan[]): ProbePlan[] => [
  ...new Map(probes.map((probe) => [JSON.stringify(probe), probe])).values(),
];

/** The environment of a container: `envFrom`, then `env`; the last one wins, references are resolved. */
function environment(container: ContainerSpec, data: Rendering['data']): Record<string, string> {
  const result: Record<string, string> = {};
  for (const { configMapRef, secretRef } of container.envFrom ?? [])
    Object.assign(result, data[(configMapRef ?? secretRef)?.name ?? ''] ?? {});
  for (const entry of container.env ?? []) result[entry.name] = expand(valueOfEntry(entry, data), result);
  return result;
}

function valueOfEntry({ value, valueFrom }: EnvEntry, data: Rendering['data']): string {
  if (valueFrom === undefined) return value ?? '';
  if (valueFrom.fieldRef !== undefined) return POD_IP;
  const from = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  return data[from?.name ?? '']?.[from?.key ?? ''] ?? 'from-elsewhere';
}

/** Resolves `$(NAME)` as Kubernetes does; unknown names stay. */
const expand = (text: string, env: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g, (all, name: string) => env[name] ?? all);

const DATABASE = 'sqlite:////tmp/proof.db';
const FILES = '/tmp/proof-artifacts';

/** Addresses of databases and stores that the proof does not have, and secrets that change with each rendering. */
const OF_STORES =
  /^(?:PG|MYSQL_|MSSQL_|AWS_|AZURE_|MLFLOW_S3_|MLFLOW_FLASK_SERVER_SECRET_KEY$|MLFLOW_VERSION$)/;

/** In one order, so that pods with the same processes are run once. */
const sorted = (env: Readonly<Record<string, string>>, without = /^$/): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => !without.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

function mlflowProcess(container: ContainerSpec, data: Rendering['data'], keepWorkers: boolean): ProcessPlan {
  const env = environment(container, data);
  const command = [...(container.command ?? []), ...(container.args ?? [])].map((word) => expand(word, env));
  const stores: Record<string, string> = {};
  for (const name of ['MLFLOW_BACKEND_STORE_URI', 'MLFLOW_REGISTRY_STORE_URI'])
    if (name in env) stores[name] = DATABASE;
  for (const name of ['MLFLOW_ARTIFACTS_DESTINATION', 'MLFLOW_DEFAULT_ARTIFACT_ROOT'])
    if (name in env) stores[name] = FILES;
  const direct = !command.some((word) => /(?:^|\s|\/)mlflow$|mlflow server/.test(word));
  return {
    command: command.map((word) => substituted(word, keepWorkers)),
    env: {
      ...sorted(env, OF_STORES),
      ...stores,
      ...(direct ? { _MLFLOW_SERVER_FILE_STORE: DATABASE, _MLFLOW_SERVER_ARTIFACT_ROOT: FILES } : {}),
      ...(command.some((word) => word.startsWith('--backend-store-uri')) ||
      'MLFLOW_BACKEND_STORE_URI' in stores
        ? {}
        : { MLFLOW_BACKEND_STORE_URI: DATABASE }),
      // Used if the command does not set it.
      ...(keepWorkers ? {} : { MLFLOW_WORKERS: '1' }),
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_DISABLE_TELEMETRY: 'true',
      DO_NOT_TRACK: 'true',
    },
  };
}

function substituted(word: string, keepWorkers: boolean): string {
  return word
    .replace(/^(--(?:backend|registry)-store-uri=).*$/s, `$1${DATABASE}`)
    .replace(/^(--(?:artifacts-destination|default-artifact-root)=).*$/s, `$1${FILES}`)
    .replace(/^(--expose-prometheus=).*$/s, '$1/tmp/proof-metrics')
    .replace(/^--workers=.*$/s, keepWorkers ? '$&' : '--workers=1');
}

/** It uses the proof's provider, which has no users. */
function proxyProcess(container: ContainerSpec, data: Rendering['data']): ProcessPlan {
  const env = environment(container, data);
  const args = (container.args ?? []).map((word) => word.replace(/^(--oidc-issuer-url=).*/, `$1${ISSUER}`));
  return {
    command: args,
    env: { ...env, OAUTH2_PROXY_COOKIE_SECRET: '0123456789abcdef0123456789abcdef' },
  };
}
