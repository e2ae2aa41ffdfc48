/**
 * The gateway in MLflow's pods, injected by the API server (MutatingAdmissionPolicy), and by hand. For clusters that
 * have the API; the name of the skipped block names the requirement.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readByHand, writeByHand } from '../charts/by-hand.ts';
import type { PodObject } from '../charts/types.ts';
import { answered, as, ask, openPorts, openVolume } from './support/caller.ts';
import { eventually } from './support/eventually.ts';
import { trustKeycloak } from './support/keycloak.ts';
import { apply, kubectl, list, remove, rolledOut } from './support/kubectl.ts';
import { BYPASSING, COMMAND, deployment, INJECT, mlflow, PORT, pod, SECRET_PORT } from './support/mlflow.ts';
import { makeNamespace, removeNamespace } from './support/namespace.ts';
import { newestPod, podsOf } from './support/pods.ts';
import { helmTest, install, notes } from './support/release.ts';
import { heading, note } from './support/report.ts';
import { LOCAL, newExperiment, SEARCH } from './support/work.ts';

const resources = await kubectl([
  'api-resources',
  '--api-group=admissionregistration.k8s.io',
  '--output=name',
]);
const hasPolicies = resources.includes('mutatingadmissionpolicies');

/** Checks that hold for every method of injection. */
async function expectClosed(namespace: string): Promise<void> {
  const { status } = await newestPod(namespace);
  for (const base of [`http://mlflow.${namespace}.svc:${PORT}`, `http://${status.podIP}:${PORT}`]) {
    await eventually(base, async () =>
      expect(await ask({ url: base + SEARCH, headers: LOCAL })).toMatchObject({ status: 401 }),
    );
    const id = await newExperiment(base, 'ada');
    const url = `${base}/api/2.0/mlflow/experiments/get?experiment_id=${id}`;
    expect(await answered({ url, headers: await as('vera') })).toMatchObject({ status: 200 });
    expect(await answered({ url, headers: await as('bob') })).toMatchObject({ status: 404 });
  }
  expect(await openPorts(status.podIP, PORT - 100, PORT + 100)).toEqual([PORT]);
  expect(await helmTest(namespace)).not.toContain('FAILED');
}

describe.skipIf(!hasPolicies)(
  'by MutatingAdmissionPolicy (skipped where the cluster has no such API)',
  () => {
    const NAMESPACE = 'e2e-policy';
    beforeAll(async () => {
      heading('Sidecar, by admission policy');
      await makeNamespace(NAMESPACE);
      await trustKeycloak(NAMESPACE, process.env.E2E_AUTHORITY!);
      await apply(NAMESPACE, ...mlflow());
      await openVolume(NAMESPACE, 'mlflow');
      await rolledOut(NAMESPACE, 'mlflow');
    });
    afterAll(() => removeNamespace(NAMESPACE));

    test('is chosen by name and needs no webhook pods', async () => {
      await install(NAMESPACE, { mode: 'sidecar', injection: { method: 'admissionPolicy' } });
      expect(await podsOf(NAMESPACE, 'app.kubernetes.io/name=mlflow-gateway')).toEqual([]);
      const url = `http://mlflow.${NAMESPACE}.svc:${PORT}${SEARCH}`;
      expect(await answered({ url, headers: LOCAL })).toMatchObject({ status: 200 });
    });

    test('a labelled MLflow gets the sidecar and is reachable only through it', async () => {
      // Policies need a moment to reach the part of the API server that applies them.
      await eventually('the policy is in force', async () => {
        await remove(NAMESPACE, 'pod', 'first');
        await apply(NAMESPACE, pod('first', { labels: INJECT }));
        const [first] = await podsOf(NAMESPACE, 'app=first');
        expect(first!.spec.initContainers).toMatchObject([
          { name: 'mlflow-gateway', restartPolicy: 'Always' },
        ]);
      });
      await remove(NAMESPACE, 'pod', 'first');
      await apply(NAMESPACE, deployment({ labels: INJECT }));
      await rolledOut(NAMESPACE, 'mlflow');
      const { spec } = await newestPod(NAMESPACE);
      expect(spec.containers[0].command).toEqual(COMMAND);
      expect(spec.containers[0].env).toContainEqual({
        name: 'UVICORN_UDS',
        value: '/run/mlflow/mlflow.sock',
      });
      await expectClosed(NAMESPACE);
      note('Injected without a webhook; the same refusals and answers as with one.');
    });

    test('the gateway finds an MLflow that is still on the network', async () => {
      await apply(NAMESPACE, pod('bypass', { labels: INJECT, ...BYPASSING }));
      await eventually('the gateway is not ready, and says why', async () => {
        const [bypass] = await podsOf(NAMESPACE, 'app=bypass');
        const address = bypass!.status.podIP;
        expect(await ask({ url: `http://${address}:${PORT}/readyz`, timeoutMs: 2_000 })).toMatchObject({
          status: 503,
          text: expect.stringContaining(`listens beside the gateway, at 0.0.0.0:${SECRET_PORT}:`),
        });
        // The NetworkPolicy is for the port of the values only.
        expect(await ask({ url: `http://${address}:${SECRET_PORT}${SEARCH}`, timeoutMs: 2_000 })).toEqual({
          error: 'timeout',
        });
      });
      await remove(NAMESPACE, 'pod', 'bypass');
    });

    test('without the admission policy the guard refuses the pod', async () => {
      await remove(
        undefined,
        'mutatingadmissionpolicybinding',
        '--selector=app.kubernetes.io/instance=gateway',
      );
      await eventually('refused', async () => {
        await remove(NAMESPACE, 'pod', 'alone');
        await expect(apply(NAMESPACE, pod('alone', { labels: INJECT }))).rejects.toThrow(
          'must run the gateway',
        );
      });
    });
  },
);

describe('by hand, with the values in the notes of the release', () => {
  const NAMESPACE = 'e2e-by-hand';
  beforeAll(async () => {
    heading('Sidecar, by hand');
    await makeNamespace(NAMESPACE);
    await trustKeycloak(NAMESPACE, process.env.E2E_AUTHORITY!);
  });
  afterAll(() => removeNamespace(NAMESPACE));

  test('MLflow is reachable only through the gateway', async () => {
    await install(NAMESPACE, { mode: 'sidecar', injection: { method: 'none' } });
    const byHand = deployment() as { spec: { template: PodObject } };
    byHand.spec.template = writeByHand(byHand.spec.template, readByHand(await notes(NAMESPACE)));
    await apply(NAMESPACE, ...mlflow({ replicas: 0 }), byHand);
    await openVolume(NAMESPACE, 'mlflow');
    await rolledOut(NAMESPACE, 'mlflow');
    await expectClosed(NAMESPACE);
    expect(await list(NAMESPACE, 'deployments')).toHaveLength(1);
    note('Written by hand from the notes: closed as well.');
  });
});
