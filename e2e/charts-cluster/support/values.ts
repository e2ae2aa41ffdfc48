import { INJECT } from '../../cluster/support/mlflow.ts';
import { split } from '../../cluster/support/release.ts';
import type { Chart } from './charts.ts';
import { POSTGRES } from './database.ts';
import { INGRESS_CLASS } from './ingress.ts';
import { chartSettings } from './settings.ts';

/** Values of a chart; those that follow win, map by map. */
export type Values = Readonly<Record<string, unknown>>;

const VARIABLES = { HOME: '/tmp', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' };

/**
 * The base values of every row: the image, the label, SQLite in a file, artifacts through the server, one worker, and probes
 * with a short period, so that tests do not wait for them.
 */
export function base(chart: Chart, labels: Readonly<Record<string, string>> = INJECT): Values {
  const [repository, tag] = split(chartSettings().mlflowImage);
  const [busybox, busyboxTag] = split(chartSettings().busyboxImage);
  const image = { repository, tag };
  if (chart === 'official')
    return {
      image,
      podLabels: labels,
      server: { value_options: { workers: 1 } },
      mlflow: { backendStoreUri: 'sqlite:////tmp/mlflow.db', artifactsDestination: '/tmp/artifacts' },
      env: Object.entries({ ...VARIABLES, MLFLOW_DISABLE_TELEMETRY: 'true' }).map(([name, value]) => ({
        name,
        value,
      })),
      probes: {
        startup: { periodSeconds: 2, failureThreshold: 100 },
        readiness: { initialDelaySeconds: 0, periodSeconds: 2, timeoutSeconds: 5 },
        liveness: { timeoutSeconds: 5, failureThreshold: 6 },
      },
    };
  const small = { repository: busybox, tag: busyboxTag };
  return {
    image,
    initImages: { dbchecker: small, iniFileInitializer: small, mlflowDbMigration: image },
    extraPodLabels: labels,
    extraArgs: { workers: '1' },
    backendStore: { defaultSqlitePath: '/tmp/mlflow.db' },
    artifactRoot: { proxiedArtifactStorage: true, defaultArtifactsDestination: '/tmp/artifacts' },
    extraEnvVars: VARIABLES,
    readinessProbe: { initialDelaySeconds: 2, periodSeconds: 2, timeoutSeconds: 5, failureThreshold: 100 },
    livenessProbe: { timeoutSeconds: 5, failureThreshold: 10 },
  };
}

/** The chart's own Ingress for a host name. */
export function ingress(chart: Chart, host: string, path = '/'): Values {
  const pathType = chart === 'official' ? 'Prefix' : 'ImplementationSpecific';
  return {
    ingress: { enabled: true, className: INGRESS_CLASS, hosts: [{ host, paths: [{ path, pathType }] }] },
  };
}

/** The address of a database as MLflow takes it. */
export const databaseUri = (database: string): string => {
  const { host, port, user, password } = POSTGRES;
  return `postgresql+psycopg2://${user}:${password}@${host}:${port}/${database}`;
};

/** PostgreSQL; with community-charts also a check that it is there and a migration before MLflow starts. */
export function postgres(chart: Chart, database: string): Values {
  const { host, port, user, password } = POSTGRES;
  if (chart === 'official') return { mlflow: { backendStoreUri: databaseUri(database) } };
  return {
    backendStore: {
      databaseMigration: true,
      databaseConnectionCheck: true,
      postgres: { enabled: true, host, port, database, user, password, driver: 'psycopg2' },
    },
  };
}

/** The switch for workspaces. */
export const workspaces = (chart: Chart): Values =>
  chart === 'official'
    ? { server: { flag_options: ['enable_workspaces'] } }
    : { extraFlags: ['enableWorkspaces'] };

/** Options of MLflow's server by name, as each chart takes them. */
export const options = (chart: Chart, given: Readonly<Record<string, unknown>>): Values =>
  chart === 'official'
    ? { server: { value_options: given } }
    : {
        extraArgs: Object.fromEntries(
          Object.entries(given).map(([name, value]) => [
            name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
            value,
          ]),
        ),
      };

/** Annotations of MLflow's pods. */
export const annotations = (given: Readonly<Record<string, string>>): Values => ({ podAnnotations: given });
