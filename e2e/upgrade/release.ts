import { join } from 'node:path';
import { CHART, HELM } from '../../chart/tests/helm.ts';
import { run } from '../cluster/support/command.ts';
import { TRUST } from '../cluster/support/identity.ts';
import { kubectl } from '../cluster/support/kubectl.ts';
import { podsOf } from '../cluster/support/pods.ts';
import { installChart, RELEASE, split } from '../cluster/support/release.ts';
import { settings } from '../cluster/support/settings.ts';
import { previous } from './previous.ts';

/** A version of the chart, with its image. */
export interface Version {
  readonly chart: string;
  readonly image: string;
}

/** The version that is upgraded from. */
export const before = (): Version => {
  const { checkout, image } = previous();
  return { chart: join(checkout, 'chart'), image };
};

/** That of this checkout. */
export const after = (): Version => ({ chart: CHART, image: settings().gatewayImage });

/** Installs a version, or upgrades to it, and waits until it is ready. */
export async function install(namespace: string, { chart, image }: Version, values: object): Promise<void> {
  const [repository, tag] = split(image);
  await installChart(namespace, chart, { image: { repository, tag }, ...TRUST, ...values });
}

/** Returns to the revision before. */
export async function rollback(namespace: string): Promise<void> {
  await run(HELM, ['rollback', RELEASE, '-n', namespace, '--wait', '--timeout', '180s'], {
    timeoutMs: 240_000,
  });
}

/** The version line of the gateway in each pod with these labels. */
export async function versionsIn(namespace: string, labels: string): Promise<readonly string[]> {
  const program = ['/usr/local/bin/node', '/opt/mlflow-gateway/mlflow-gateway.mjs', '--version'];
  const pods = await podsOf(namespace, labels);
  return Promise.all(
    pods.map(async ({ metadata: { name } }) =>
      (await kubectl(['-n', namespace, 'exec', name, '-c', 'mlflow-gateway', '--', ...program])).trim(),
    ),
  );
}
