/**
 * The gateway in separate pods in front of an MLflow of MLflow's chart, and our chart finds the names and labels of its
 * Service and pods by itself.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../cluster/support/caller.ts';
import { eventually } from '../cluster/support/eventually.ts';
import { type Identity, startIdentity } from '../cluster/support/identity.ts';
import { apply, kubectl } from '../cluster/support/kubectl.ts';
import { makeNamespace, removeNamespace } from '../cluster/support/namespace.ts';
import { podsOf } from '../cluster/support/pods.ts';
import { FULLNAME, notes, uninstall } from '../cluster/support/release.ts';
import { LOCAL, SEARCH } from '../cluster/support/work.ts';
import { CHARTS, type Chart } from './support/charts.ts';
import { startClient, visit } from './support/client.ts';
import { ingressTo } from './support/ingress.ts';
import { record } from './support/record.ts';
import {
  installGateway,
  installMlflow,
  MLFLOW,
  mlflowReady,
  NAMES,
  SERVICE_PORTS,
  uninstallMlflow,
} from './support/release.ts';
import { base } from './support/values.ts';

const NAMESPACE = 'e2e-charts-standalone';
const HOST = 'standalone.example.com';
let identity: Identity;

beforeAll(async () => {
  identity = await startIdentity();
  await makeNamespace(NAMESPACE, 'baseline');
  await identity.trustedIn(NAMESPACE);
  await startClient(process.env.E2E_INGRESS_ADDRESS!, [HOST]);
});

afterAll(async () => {
  await identity.stop();
  await removeNamespace(NAMESPACE);
});

test.each(Object.keys(CHARTS) as Chart[])(
  '%s: Service, pods and selector are found, and MLflow is closed to others',
  async (chart) => {
    await uninstallMlflow(NAMESPACE);
    // The NetworkPolicy of the row before would close this row's pods: both charts use the same labels.
    await uninstall(NAMESPACE);
    const began = performance.now();
    // Not the label: nothing is injected.
    await installMlflow(NAMESPACE, chart, base(chart, {}));
    await mlflowReady(NAMESPACE, chart);
    const [pod] = await podsOf(NAMESPACE, `app.kubernetes.io/instance=${MLFLOW}`);
    const direct = [
      `http://${NAMES[chart]}.${NAMESPACE}.svc:${SERVICE_PORTS[chart]}`,
      `http://${pod!.status.podIP}:5000`,
    ];
    for (const at of direct)
      await eventually(`${at} is open`, async () =>
        expect(await ask({ url: at + SEARCH, headers: LOCAL })).toMatchObject({ status: 200 }),
      );

    await installGateway(NAMESPACE, { mode: 'standalone' });
    await apply(NAMESPACE, ingressTo(FULLNAME, 80, HOST));
    const printed = await notes(NAMESPACE);
    expect(printed).toContain(`http://${NAMES[chart]}.${NAMESPACE}.svc:${SERVICE_PORTS[chart]}`);
    for (const at of direct)
      await eventually(`${at} is closed`, async () =>
        expect(await ask({ url: at + SEARCH, headers: LOCAL, timeoutMs: 2_000 })).toEqual({
          error: 'timeout',
        }),
      );
    const url = `http://${process.env.E2E_INGRESS_ADDRESS}${SEARCH}`;
    await eventually('the Ingress', async () =>
      expect(await ask({ url, headers: { host: HOST } })).toMatchObject({ status: 401 }),
    );
    await visit({ uri: `http://${HOST}`, artifacts: true }, identity);
    record({
      chart,
      values: 'no value of our chart says where MLflow is',
      by: 'standalone',
      outcome: 'works',
      seen: [`MLflow answered another pod before, at its Service and its pod, and not after`],
      seconds: (performance.now() - began) / 1_000,
    });
    await kubectl(['-n', NAMESPACE, 'delete', 'ingress', '--all']);
  },
);
