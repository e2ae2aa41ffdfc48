import { expect } from 'vitest';
import { CHART, HELM } from '../../../chart/tests/helm.ts';
import { run } from '../../cluster/support/command.ts';
import { eventually } from '../../cluster/support/eventually.ts';
import { TRUST } from '../../cluster/support/identity.ts';
import { kubectl, list, rolledOut } from '../../cluster/support/kubectl.ts';
import { podsOf } from '../../cluster/support/pods.ts';
import { installChart, split } from '../../cluster/support/release.ts';
import { settings } from '../../cluster/support/settings.ts';
import { type Chart, chartFolder } from './charts.ts';

/** MLflow's release in each namespace. */
export const MLFLOW = 'mlflow';

/** The charts' names of MLflow's Deployment and Service in such a release. */
export const NAMES: Readonly<Record<Chart, string>> = { official: 'mlflow-mlflow', community: 'mlflow' };
/** The port of that Service. */
export const SERVICE_PORTS: Readonly<Record<Chart, number>> = { official: 5000, community: 80 };

/** Installs our chart, or upgrades it. `config` is added to the settings that trust the identity of the tests. */
export async function installGateway(
  namespace: string,
  values: Readonly<Record<string, unknown>>,
): Promise<string> {
  const [repository, tag] = split(settings().gatewayImage);
  const { config = {}, ...others } = values;
  const all = {
    image: { repository, tag },
    ...TRUST,
    ...others,
    config: { ...TRUST.config, ...(config as object) },
  };
  return installChart(namespace, CHART, all);
}

/** Installs a chart of MLflow, without waiting for its pods. */
export async function installMlflow(namespace: string, chart: Chart, values: object): Promise<void> {
  const args = ['install', MLFLOW, chartFolder(chart), '-n', namespace, '-f', '-', '--timeout', '180s'];
  await run(HELM, args, { input: JSON.stringify(values), timeoutMs: 240_000 });
}

/** Uninstalls MLflow's release and waits until its pods are gone, without a grace period. */
export async function uninstallMlflow(namespace: string): Promise<void> {
  await run(HELM, ['uninstall', MLFLOW, '-n', namespace, '--ignore-not-found']);
  const of = ['-n', namespace, '-l', `app.kubernetes.io/instance=${MLFLOW}`];
  await eventually('no pods of MLflow', async () => {
    await kubectl(['delete', 'pod', ...of, '--grace-period=1', '--ignore-not-found', '--wait']);
    expect(await podsOf(namespace, `app.kubernetes.io/instance=${MLFLOW}`)).toEqual([]);
    expect(await list(namespace, 'replicasets', `app.kubernetes.io/instance=${MLFLOW}`)).toEqual([]);
  });
}

/** Waits until MLflow's Deployment is ready. The error ends with the last log lines of the gateway and MLflow. */
export async function mlflowReady(namespace: string, chart: Chart): Promise<void> {
  try {
    await rolledOut(namespace, NAMES[chart], 240);
  } catch (error) {
    const said = await Promise.all(
      ['mlflow-gateway', 'mlflow'].map((container) =>
        kubectl(['-n', namespace, 'logs', `deployment/${NAMES[chart]}`, '-c', container, '--tail=15']).catch(
          String,
        ),
      ),
    );
    throw new Error(`${(error as Error).message}\n${said.join('\n--\n')}`);
  }
}
