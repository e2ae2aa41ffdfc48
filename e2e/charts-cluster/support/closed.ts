import { expect } from 'vitest';
import { ask } from '../../cluster/support/caller.ts';
import { eventually } from '../../cluster/support/eventually.ts';
import { type KubeObject, list } from '../../cluster/support/kubectl.ts';
import { podsOf } from '../../cluster/support/pods.ts';
import { LOCAL, SEARCH } from '../../cluster/support/work.ts';
import { MLFLOW, NAMES } from './release.ts';
import type { Site } from './rows.ts';

const OTHER_PORTS = [5000, 5001, 8000, 8080];

/** MLflow's pods, which must all have the gateway in them. */
export async function injectedPods(namespace: string): Promise<readonly KubeObject[]> {
  const pods = (await podsOf(namespace, `app.kubernetes.io/instance=${MLFLOW}`)).filter(
    ({ status }) => status.phase === 'Running',
  );
  expect(pods).not.toEqual([]);
  for (const { spec } of pods) {
    const names = [...(spec.initContainers ?? []), ...spec.containers].map(
      ({ name }: { name: string }) => name,
    );
    expect(names).toContain('mlflow-gateway');
  }
  return pods;
}

/**
 * Sends requests without a token from a pod to MLflow's Service and to its pods, with the host names that MLflow accepts; to the
 * gateway's port and to others.
 *
 * @throws if a response is not a refusal
 */
export async function expectClosed(
  { namespace, chart, host }: Site,
  port: number,
  path: string,
): Promise<void> {
  const [service] = (await list(namespace, 'services')).filter(
    ({ metadata }) => metadata.name === NAMES[chart],
  );
  const at = `http://${service!.metadata.name}.${namespace}.svc:${service!.spec.ports[0].port}`;
  const pods = (await injectedPods(namespace)).map(({ status }) => `http://${status.podIP}`);
  for (const base of [at, ...pods.map((pod) => `${pod}:${port}`)])
    for (const headers of [LOCAL, { host }])
      await eventually(base, async () =>
        expect(await ask({ url: base + path + SEARCH, headers })).toMatchObject({
          status: 401,
          text: expect.stringContaining('token_missing'),
        }),
      );
  for (const pod of pods)
    for (const other of OTHER_PORTS.filter((one) => one !== port))
      expect(await ask({ url: `${pod}:${other}${path}${SEARCH}`, headers: LOCAL, timeoutMs: 1_000 })).toEqual(
        {
          error: expect.stringMatching('timeout|ECONNREFUSED'),
        },
      );
}
