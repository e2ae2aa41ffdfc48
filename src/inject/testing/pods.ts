/** Pods of charts for tests, with the fields that the webhook reads and some that it must keep. */

/** A container as JSON. */
export interface ContainerJson {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: { name: string; value?: string; valueFrom?: object }[];
  envFrom?: object[];
  ports?: { name?: string; containerPort: number; protocol?: string }[] | undefined;
  volumeMounts?: { name: string; mountPath: string; readOnly?: boolean; subPath?: string }[];
  lifecycle?: { preStop?: object; postStart?: object };
  [more: string]: unknown;
}

export interface PodJson {
  apiVersion: 'v1';
  kind: 'Pod';
  metadata: {
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [more: string]: unknown;
  };
  spec: {
    containers: ContainerJson[];
    initContainers?: ContainerJson[];
    volumes?: { name: string; [more: string]: unknown }[];
    [more: string]: unknown;
  };
}

const LABELS = { 'mlflow-gateway.io/inject': 'enabled' };
const TOKEN = {
  name: 'kube-api-access-x7k2p',
  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
  readOnly: true,
};

/**
 * MLflow's own chart with its defaults and SQLite on a volume: everything in `command`, port and probes by the name
 * `http`, a Service with `targetPort: http`, non-root with a read-only root filesystem.
 */
export function officialChart(): PodJson {
  const probe = { httpGet: { path: '/health', port: 'http', scheme: 'HTTP' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'mlflow-mlflow-5d8f7c9b6d-',
      namespace: 'ml',
      labels: { ...LABELS, 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': 'mlflow' },
    },
    spec: {
      serviceAccountName: 'mlflow-mlflow',
      automountServiceAccountToken: false,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 1000,
        fsGroup: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      terminationGracePeriodSeconds: 30,
      containers: [
        {
          name: 'mlflow',
          image: 'ghcr.io/mlflow/mlflow:v3.17.2-full',
          imagePullPolicy: 'IfNotPresent',
          command: ['mlflow', 'server', '--host=0.0.0.0', '--port=5000', '--workers=4'],
          ports: [{ name: 'http', containerPort: 5000, protocol: 'TCP' }],
          livenessProbe: { ...probe, initialDelaySeconds: 15, periodSeconds: 20 },
          readinessProbe: { ...probe, initialDelaySeconds: 5, periodSeconds: 10 },
          startupProbe: { ...probe, periodSeconds: 10, failureThreshold: 30 },
          env: [{ name: 'MLFLOW_BACKEND_STORE_URI', value: 'sqlite:////mlflow/mlflow.db' }],
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          },
          resources: {},
          volumeMounts: [
            { name: 'mlflow-storage', mountPath: '/mlflow' },
            { name: 'tmp', mountPath: '/tmp' },
          ],
        },
      ],
      volumes: [
        { name: 'mlflow-storage', persistentVolumeClaim: { claimName: 'mlflow-mlflow' } },
        { name: 'tmp', emptyDir: {} },
      ],
    },
  };
}

/**
 * community-charts/mlflow on PostgreSQL: `command` and `args`, its port called `mlflow` and the Service's target by that
 * name, two init containers, variables from a ConfigMap and Secrets, options for uvicorn in quotes within a word.
 */
export function communityChart(): PodJson {
  const database = [
    { configMapRef: { name: 'mlflow-env-configmap' } },
    { secretRef: { name: 'mlflow-env-secret' } },
  ];
  const probe = { httpGet: { path: '/health', port: 'mlflow', scheme: 'HTTP' } };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: 'mlflow-7b9d4c6f5-',
      namespace: 'ml',
      annotations: { 'checksum/config': '9f2c' },
      labels: { ...LABELS, 'app.kubernetes.io/name': 'mlflow', 'app.kubernetes.io/instance': 'mlflow' },
    },
    spec: {
      serviceAccountName: 'mlflow',
      initContainers: [
        {
          name: 'dbchecker',
          image: 'busybox:1.37',
          command: ['/script/dbchecker.sh'],
          envFrom: [database[0]!],
          volumeMounts: [{ name: 'dbchecker', mountPath: '/script/dbchecker.sh', subPath: 'dbchecker.sh' }],
        },
        {
          name: 'mlflow-db-migration',
          image: 'burakince/mlflow:3.17.2',
          command: ['python'],
          args: ['/opt/mlflow/migrations.py'],
          envFrom: database,
        },
      ],
      containers: [
        {
          name: 'mlflow',
          image: 'burakince/mlflow:3.17.2',
          command: ['mlflow'],
          args: [
            'server',
            '--host=0.0.0.0',
            '--port=5000',
            '--backend-store-uri=postgresql+psycopg2://',
            '--default-artifact-root=s3://artifacts/mlflow',
            "--uvicorn-opts='--log-level=info'",
          ],
          ports: [{ name: 'mlflow', containerPort: 5000, protocol: 'TCP' }],
          livenessProbe: { ...probe, failureThreshold: 5 },
          readinessProbe: { ...probe, failureThreshold: 5 },
          env: [
            { name: 'MLFLOW_VERSION', value: '3.17.2' },
            { name: 'AWS_SECRET_ACCESS_KEY', valueFrom: { secretKeyRef: { name: 's3', key: 'secret' } } },
          ],
          envFrom: database,
          volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, TOKEN],
        },
      ],
      volumes: [
        { name: 'tmp', emptyDir: {} },
        { name: 'dbchecker', configMap: { name: 'mlflow-dbchecker', defaultMode: 511 } },
        { name: 'kube-api-access-x7k2p', projected: { sources: [] } },
      ],
    },
  };
}

/** A minimal hand-written Deployment: runs through a shell, with probes by port number. */
export function handWritten(): PodJson {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'mlflow-0', namespace: 'ml', labels: { ...LABELS, app: 'mlflow' } },
    spec: {
      containers: [
        {
          name: 'server',
          image: 'registry.example/mlflow:3.17.2',
          command: ['sh', '-c'],
          args: [
            'mkdir -p /data && mlflow db upgrade sqlite:////data/mlflow.db; exec mlflow server --host 0.0.0.0 --port 8080 --backend-store-uri sqlite:////data/mlflow.db',
          ],
          ports: [{ containerPort: 8080 }],
          readinessProbe: { httpGet: { path: '/health', port: 8080 } },
        },
      ],
    },
  };
}

/** An MLflow on gunicorn that listens on loopback, with a proxy and an exporter. */
export function gunicornOnLoopback(): PodJson {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'mlflow-old',
      namespace: 'ml',
      labels: { ...LABELS },
      annotations: {
        'mlflow-gateway.io/upstream': 'loopback',
        'mlflow-gateway.io/container': 'tracking',
        'mlflow-gateway.io/allowed-ports': '9100',
      },
    },
    spec: {
      containers: [
        { name: 'exporter', image: 'exporter:1', ports: [{ name: 'metrics', containerPort: 9100 }] },
        {
          name: 'tracking',
          image: 'mlflow:2.22.5',
          args: ['mlflow', 'server', '-p', '5001', '--gunicorn-opts', '--timeout 120'],
          ports: [{ name: 'http', containerPort: 5001, protocol: 'TCP' }],
          readinessProbe: { httpGet: { path: '/health', port: 'http' } },
        },
      ],
    },
  };
}
