/**
 * MLflow's two charts with many values, on a cluster: with the label, each either works, as two
 * teams see by MLflow's own client through an Ingress, or is refused before a pod is created, with a message that says what to
 * write instead.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { merge, mergeAll } from '../../chart/tests/trees.ts';
import { readByHand } from '../charts/by-hand.ts';
import { ask } from '../cluster/support/caller.ts';
import { eventually } from '../cluster/support/eventually.ts';
import { type Identity, startIdentity } from '../cluster/support/identity.ts';
import { apply, list, remove } from '../cluster/support/kubectl.ts';
import { makeNamespace, removeNamespace } from '../cluster/support/namespace.ts';
import { podsOf } from '../cluster/support/pods.ts';
import { notes } from '../cluster/support/release.ts';
import { SEARCH } from '../cluster/support/work.ts';
import { GROUPS } from './rows.ts';
import { startClient, visit } from './support/client.ts';
import { expectClosed, injectedPods } from './support/closed.ts';
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
import { hostOf, type Row } from './support/rows.ts';
import { base } from './support/values.ts';

let identity: Identity;

beforeAll(async () => {
  identity = await startIdentity();
  const hosts = GROUPS.flatMap((group) => group.rows.map((row) => hostOf(group, row)));
  await startClient(process.env.E2E_INGRESS_ADDRESS!, hosts);
});

afterAll(() => identity.stop());

describe.each(GROUPS)('$by', (group) => {
  const namespace = `e2e-charts-${group.by}`;
  let installed = '';

  beforeAll(async () => {
    await makeNamespace(namespace, 'baseline');
    await identity.trustedIn(namespace);
    await uninstallMlflow(namespace);
  });
  afterAll(() => removeNamespace(namespace));

  /** Installs our chart with the values of a row, unless they equal those of the row before. */
  const gatewayFor = async ({ gateway = {} }: Row): Promise<void> => {
    const values = mergeAll({ mode: 'sidecar', injection: { method: group.method } }, gateway);
    if (JSON.stringify(values) === installed) return;
    await installGateway(namespace, values);
    installed = JSON.stringify(values);
  };

  for (const row of group.rows)
    test(`${row.chart}: ${row.title}`, async () => {
      const host = hostOf(group, row);
      await gatewayFor(row);
      await row.before?.(namespace);
      const byHand = group.by === 'hand' ? readByHand(await notes(namespace))[row.chart] : {};
      const began = performance.now();
      const values = merge(mergeAll(base(row.chart), row.values(host)), byHand, 'append');
      try {
        await installMlflow(namespace, row.chart, values);
        const seen = row.refused
          ? [await refusal(namespace, row.refused)]
          : await works(namespace, row, host, began);
        const seconds = (performance.now() - began) / 1_000;
        const by = { webhook: 'webhook', policy: 'policy', hand: 'by hand' }[group.by];
        const outcome = row.refused ? 'refused' : 'works';
        record({ chart: row.chart, values: row.title, by, outcome, seen, seconds });
      } finally {
        await uninstallMlflow(namespace);
        await remove(namespace, 'ingress', 'by-the-platform');
      }
    });
});

async function works(namespace: string, row: Row, host: string, began: number): Promise<readonly string[]> {
  const { chart, path = '', port = 5000, artifacts = true, look } = row;
  if (!row.ownIngress) {
    const servicePort = chart === 'official' ? port : SERVICE_PORTS[chart];
    await apply(namespace, ingressTo(NAMES[chart], servicePort, host));
  }
  await mlflowReady(namespace, chart);
  const ready = Math.round((performance.now() - began) / 1_000);
  const [pod] = await injectedPods(namespace);
  const site = { namespace, chart, host, pod: pod!.status.podIP as string };
  // The Ingress controller needs a moment to learn a new host.
  const url = `http://${process.env.E2E_INGRESS_ADDRESS}${path}${SEARCH}`;
  await eventually('the Ingress', async () =>
    expect(await ask({ url, headers: { host } })).toMatchObject({ status: 401 }),
  );
  await visit({ uri: `http://${host}${path}`, artifacts }, identity);
  await expectClosed(site, port, path);
  for (const { status } of await injectedPods(namespace))
    for (const { name, restartCount } of [
      ...(status.initContainerStatuses ?? []),
      ...status.containerStatuses,
    ])
      expect(`${name}: ${restartCount} restarts`).toBe(`${name}: 0 restarts`);
  return [`ready after ${ready} s`, ...((await look?.(site)) ?? [])];
}

/** The denial of the guard, the admission policy or the webhook. */
async function refusal(namespace: string, parts: readonly RegExp[]): Promise<string> {
  const message = await eventually(
    'the refusal',
    async () => {
      // Events of the row before may arrive late.
      const replicaSets = await list(namespace, 'replicasets', `app.kubernetes.io/instance=${MLFLOW}`);
      const events = await list(namespace, 'events');
      const [newest] = events
        .filter(({ reason, involvedObject }) =>
          replicaSets.some(
            ({ metadata }) => reason === 'FailedCreate' && involvedObject.uid === metadata.uid,
          ),
        )
        .map(({ message }) => message as string);
      if (newest === undefined) throw new Error('no event of a ReplicaSet');
      for (const part of parts) expect(newest).toMatch(part);
      return newest;
    },
    { timeoutMs: 60_000 },
  );
  expect(await podsOf(namespace, `app.kubernetes.io/instance=${MLFLOW}`)).toEqual([]);
  return message;
}
