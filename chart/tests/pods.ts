/** Typical pods of MLflow, for admission tests. */

type Pod = Record<string, unknown>;

/** A test's changes to a pod. */
export interface PodOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly container?: Readonly<Record<string, unknown>>;
}

const LABELS = { app: 'mlflow', 'mlflow-gateway.io/inject': 'enabled' };

const restricted = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

/** The pod of MLflow's own chart: a container `mlflow`, its port called `http`, probes by that name. */
export function mlflowPod({ labels = {}, annotations, spec = {}, container = {} }: PodOptions = {}): Pod {
  const probe = { httpGet: { path: '/health', port: 'http' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'mlflow',
      labels: { ...LABELS, ...labels },
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: {
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'mlflow',
          image: 'example.com/mlflow:3.17.2',
          command: ['mlflow', 'server', '--host=0.0.0.0', '--port=5000', '--workers=4'],
          ports: [{ name: 'http', containerPort: 5000, protocol: 'TCP' }],
          livenessProbe: probe,
          readinessProbe: probe,
          env: [{ name: 'MLFLOW_BACKEND_STORE_URI', value: 'postgresql://db/mlflow' }],
          securityContext: restricted,
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
          ...container,
        },
      ],
      volumes: [{ name: 'tmp', emptyDir: {} }],
      ...spec,
    },
  };
}

/** The pod of community-charts/mlflow: a port called `mlflow`, other arguments, an init container. */
export function communityPod(): Pod {
  return mlflowPod({
    spec: {
      initContainers: [
        { name: 'mlflow-db-migration', image: 'example.com/mlflow:3.17.2', securityContext: restricted },
      ],
    },
    container: {
      command: ['mlflow'],
      args: ['server', '--host=0.0.0.0', '--port=5000', '--artifacts-destination=s3://mlflow/'],
      ports: [{ name: 'mlflow', containerPort: 5000, protocol: 'TCP' }],
      livenessProbe: { httpGet: { path: '/health', port: 'mlflow' } },
      readinessProbe: { httpGet: { path: '/health', port: 'mlflow' } },
      envFrom: [{ configMapRef: { name: 'mlflow-env' } }],
    },
  });
}

/** A minimal hand-written pod. */
export function barePod(): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mlflow', labels: LABELS },
    spec: {
      containers: [{ name: 'tracking', image: 'example.com/mlflow:3.17.2', args: ['mlflow', 'server'] }],
    },
  };
}

/** A pod of MLflow's own chart with other arguments of `mlflow server`; probes use its path, as in that chart. */
export function served(...args: readonly string[]): Pod {
  const prefix = /--static-prefix[= ](\S*)/.exec(args.join(' '))?.[1] ?? '';
  const probe = { httpGet: { path: `${prefix}/health`, port: 'http' } };
  const command = ['mlflow', 'server', '--host=0.0.0.0', '--port=5000', ...args];
  return mlflowPod({ container: { command, livenessProbe: probe, readinessProbe: probe } });
}

/** A pod of a Job with the labels of MLflow's pods, like the migration Job of MLflow's own chart. */
export function jobPod(...command: readonly string[]): Pod {
  return mlflowPod({
    spec: { restartPolicy: 'Never' },
    container: { command, ports: undefined, livenessProbe: undefined, readinessProbe: undefined },
  });
}
