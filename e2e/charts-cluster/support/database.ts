import { eventually } from '../../cluster/support/eventually.ts';
import { apply, kubectl, rolledOut } from '../../cluster/support/kubectl.ts';
import { makeNamespace, removeNamespace } from '../../cluster/support/namespace.ts';
import { chartSettings } from './settings.ts';

const NAMESPACE = 'e2e-database';
const NAME = 'postgres';
const LABELS = { app: NAME };

/** PostgreSQL as an MLflow of the cluster reaches it. */
export const POSTGRES = {
  host: `${NAME}.${NAMESPACE}.svc`,
  port: 5432,
  user: 'mlflow',
  password: 'demo',
} as const;

/** Starts PostgreSQL, with data in its pod only. */
export async function startDatabase(): Promise<void> {
  await makeNamespace(NAMESPACE, 'privileged');
  const variables = {
    POSTGRES_USER: POSTGRES.user,
    POSTGRES_PASSWORD: POSTGRES.password,
    POSTGRES_DB: POSTGRES.user,
    PGDATA: '/tmp/data',
  };
  const probe = ['pg_isready', '-h', '127.0.0.1', '-U', POSTGRES.user];
  await apply(
    NAMESPACE,
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: NAME },
      spec: { selector: LABELS, ports: [{ port: POSTGRES.port }] },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: NAME },
      spec: {
        selector: { matchLabels: LABELS },
        template: {
          metadata: { labels: LABELS },
          spec: {
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 1,
            containers: [
              {
                name: NAME,
                image: chartSettings().postgresImage,
                imagePullPolicy: 'IfNotPresent',
                env: Object.entries(variables).map(([name, value]) => ({ name, value })),
                ports: [{ containerPort: POSTGRES.port }],
                readinessProbe: { exec: { command: probe }, periodSeconds: 2, timeoutSeconds: 5 },
              },
            ],
          },
        },
      },
    },
  );
  await rolledOut(NAMESPACE, NAME);
}

export const stopDatabase = (): Promise<void> => removeNamespace(NAMESPACE);

/** Creates an empty database, in place of one of that name. */
export async function emptyDatabase(name: string): Promise<void> {
  const psql = [
    '-n',
    NAMESPACE,
    'exec',
    `deployment/${NAME}`,
    '--',
    'env',
    `PGPASSWORD=${POSTGRES.password}`,
    'psql',
  ];
  const at = ['-h', '127.0.0.1', '-U', POSTGRES.user, '-d', POSTGRES.user, '-v', 'ON_ERROR_STOP=1'];
  const say = (sql: string): Promise<string> => kubectl([...psql, ...at, '-c', sql]);
  await eventually(`the database ${name}`, async () => {
    await say(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    await say(`CREATE DATABASE "${name}"`);
  });
}
