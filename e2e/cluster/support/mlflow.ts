import { CONTAINER_SECURITY, POD_SECURITY } from './namespace.ts';
import { settings } from './settings.ts';

export interface MlflowOptions {
  /** The declared port of its container; default `PORT`. */
  readonly port?: number;
  readonly replicas?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default: the usual command, which listens on all addresses at port 5000. */
  readonly command?: readonly string[];
  /** Containers beside MLflow's. */
  readonly beside?: readonly object[];
  readonly env?: Readonly<Record<string, string>>;
}

/** The label that requests the gateway. */
export const INJECT = { 'mlflow-gateway.io/inject': 'enabled' };

/** The port of MLflow, and of its Service. */
export const PORT = 5000;

/** As in MLflow's documentation, on all addresses. One worker: each takes about four seconds of processor time to start. */
export const COMMAND = [
  'mlflow',
  'server',
  ...['--host', '0.0.0.0', '--port', String(PORT), '--workers', '1'],
  ...['--backend-store-uri', 'sqlite:////data/mlflow.db', '--artifacts-destination', '/data/artifacts'],
  '--enable-workspaces',
];

/** The same with MLflow's default of four workers; the last value of an option counts. */
export const FOUR_WORKERS = [...COMMAND, '--workers', '4'];

/** The hidden port of an MLflow that stays on the network. */
export const SECRET_PORT = 8080;

/**
 * An MLflow that listens on the network in spite of its environment, which the pod's specification does not show: it
 * declares one port, and listens on another, by a program in base64.
 */
export const BYPASSING: MlflowOptions = {
  command: ['python3', '-c', `import base64; exec(base64.b64decode('${secretly()}'))`],
};

function secretly(): string {
  const words = [...COMMAND, '--port', String(SECRET_PORT)];
  const program = `import os
os.environ.pop('UVICORN_UDS', None)
os.execvp('mlflow', ${JSON.stringify(words)})`;
  return Buffer.from(program).toString('base64');
}

/**
 * An MLflow of a team that does not use the gateway: a Deployment, a Service and a volume that outlives its
 * pods. The labels are those of its pods.
 *
 * @example
 * await apply('e2e', ...mlflow());
 */
export function mlflow(options: MlflowOptions = {}): readonly object[] {
  return [volumeClaim(), deployment(options), service()];
}

export function deployment(options: MlflowOptions = {}): object {
  const { replicas = 1, labels = {}, annotations = {} } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'mlflow', labels: { app: 'mlflow' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'mlflow' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: { labels: { app: 'mlflow', ...labels }, annotations }, spec: podSpec(options) },
    },
  };
}

/** A bare pod, for cases that a Deployment would retry forever. */
export function pod(name: string, options: MlflowOptions = {}): object {
  const { labels = {}, annotations = {} } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name, ...labels }, annotations },
    spec: podSpec(options),
  };
}

/** A container beside MLflow's that runs a line of JavaScript in the gateway's image, such as one that listens. */
export const beside = (name: string, script: string, more: object = {}): object => ({
  name,
  image: settings().gatewayImage,
  command: ['/usr/local/bin/node', '-e', script],
  securityContext: CONTAINER_SECURITY,
  ...more,
});

function podSpec({ command = COMMAND, port = PORT, beside = [], env = {} }: MlflowOptions): object {
  const probe = { httpGet: { path: '/health', port: 'http' }, periodSeconds: 2, failureThreshold: 60 };
  const variables = {
    HOME: '/tmp',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
    ...env,
  };
  return {
    automountServiceAccountToken: false,
    securityContext: POD_SECURITY,
    containers: [
      {
        name: 'mlflow',
        image: settings().mlflowImage,
        imagePullPolicy: 'IfNotPresent',
        command,
        ports: [{ name: 'http', containerPort: port }],
        env: Object.entries(variables).map(([name, value]) => ({ name, value })),
        startupProbe: probe,
        readinessProbe: { ...probe, failureThreshold: 2 },
        livenessProbe: { ...probe, periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 6 },
        securityContext: CONTAINER_SECURITY,
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'tmp', mountPath: '/tmp' },
        ],
      },
      ...beside,
    ],
    volumes: [
      { name: 'data', persistentVolumeClaim: { claimName: 'mlflow' } },
      { name: 'tmp', emptyDir: {} },
    ],
  };
}

function volumeClaim(): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'mlflow' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
}

function service(): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'mlflow' },
    spec: { selector: { app: 'mlflow' }, ports: [{ name: 'http', port: PORT, targetPort: 'http' }] },
  };
}
