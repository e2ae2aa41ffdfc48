/**
 * The previous version is replaced by this one, and this one by the previous, while a team works: no request fails and no write is lost or
 * done twice. Four clients send without a pause; two keep their connection, and two open one for each request.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Load, openVolume, underLoad } from '../cluster/support/caller.ts';
import { type Identity, startIdentity } from '../cluster/support/identity.ts';
import { apply, kubectl, rolledOut } from '../cluster/support/kubectl.ts';
import { INJECT, mlflow, PORT } from '../cluster/support/mlflow.ts';
import { makeNamespace, removeNamespace } from '../cluster/support/namespace.ts';
import { gone, podsOf } from '../cluster/support/pods.ts';
import { FULLNAME } from '../cluster/support/release.ts';
import { heading, note } from '../cluster/support/report.ts';
import { previous } from './previous.ts';
import { after, before, install, rollback, versionsIn } from './release.ts';
import { newWork } from './writes.ts';

let identity: Identity;

beforeAll(async () => {
  identity = await startIdentity();
  heading(`Upgrade from ${previous().commit.slice(0, 8)}`);
});
afterAll(() => identity.stop());

/** Loads the gateway while something happens to the pods with these labels, until none of the pods from before is left. */
async function whileTeamWorks(
  namespace: string,
  base: string,
  labels: string,
  happens: () => Promise<void>,
): Promise<Load> {
  const old = await podsOf(namespace, labels);
  const name = `work-${old[0]!.metadata.uid}`;
  const { requests, expectEachWriteOnce } = await newWork(base, await identity.token('team-a'), name);
  const load = await underLoad(requests, async () => {
    await happens();
    await gone(namespace, old);
  });
  expect(load).toMatchObject({ counts: { 200: load.sent }, failures: [] });
  await expectEachWriteOnce(load);
  return load;
}

const summary = ({ sent, made, longestGapMs }: Load): string =>
  `${sent} requests meanwhile, none failed; ${made.length} writes, each found once; longest pause ${longestGapMs} ms`;

describe('a gateway in its own pods', () => {
  const NAMESPACE = 'e2e-upgrade-standalone';
  const GATEWAY = `http://${FULLNAME}.${NAMESPACE}.svc`;
  const VALUES = { mode: 'standalone' };
  const versions = (): Promise<readonly string[]> => versionsIn(NAMESPACE, 'app=gateway');
  let first: readonly string[];

  beforeAll(async () => {
    await makeNamespace(NAMESPACE);
    await identity.trustedIn(NAMESPACE);
    const hosts = `localhost,mlflow.${NAMESPACE}.svc:${PORT}`;
    await apply(NAMESPACE, ...mlflow({ env: { MLFLOW_SERVER_ALLOWED_HOSTS: hosts } }));
    await openVolume(NAMESPACE, 'mlflow');
    await rolledOut(NAMESPACE, 'mlflow');
    await install(NAMESPACE, before(), VALUES);
    first = await versions();
  });
  afterAll(() => removeNamespace(NAMESPACE));

  test('is upgraded from the previous version without a failed request or a lost write', async () => {
    const load = await whileTeamWorks(NAMESPACE, GATEWAY, 'app=gateway', () =>
      install(NAMESPACE, after(), VALUES),
    );
    const now = await versions();
    expect(now).toHaveLength(2);
    expect(now[0]).not.toBe(first[0]);
    expect(new Set(now).size).toBe(1);
    note(`Standalone, ${first[0]} to ${now[0]}: ${summary(load)}.`);
  });

  test('returns to the previous version without a failed request or a lost write', async () => {
    const load = await whileTeamWorks(NAMESPACE, GATEWAY, 'app=gateway', () => rollback(NAMESPACE));
    expect(await versions()).toEqual(first);
    note(`Standalone, back to ${first[0]}: ${summary(load)}.`);
  });
});

describe('a gateway in MLflow’s pods', () => {
  const NAMESPACE = 'e2e-upgrade-sidecar';
  const TRACKING = `http://mlflow.${NAMESPACE}.svc:${PORT}`;
  const VALUES = { mode: 'sidecar', injection: { method: 'webhook' } };
  const versions = (): Promise<readonly string[]> => versionsIn(NAMESPACE, 'app=mlflow');
  /** As docs/helm.md says: until the old webhook has ended it may add the old gateway. */
  const restartAfter = async (change: () => Promise<void>): Promise<void> => {
    const webhook = await podsOf(NAMESPACE, 'app.kubernetes.io/component=injection');
    await change();
    await gone(NAMESPACE, webhook);
    await kubectl(['-n', NAMESPACE, 'rollout', 'restart', 'deployment/mlflow']);
    await rolledOut(NAMESPACE, 'mlflow');
  };
  let first: readonly string[];

  beforeAll(async () => {
    await makeNamespace(NAMESPACE);
    await identity.trustedIn(NAMESPACE);
    await install(NAMESPACE, before(), VALUES);
    await apply(NAMESPACE, ...mlflow({ labels: INJECT }));
    await openVolume(NAMESPACE, 'mlflow');
    await rolledOut(NAMESPACE, 'mlflow');
    first = await versions();
  });
  afterAll(() => removeNamespace(NAMESPACE));

  test('is upgraded with MLflow’s pods, without a failed request or a lost write', async () => {
    const load = await whileTeamWorks(NAMESPACE, TRACKING, 'app=mlflow', () =>
      restartAfter(async () => {
        await install(NAMESPACE, after(), VALUES);
        // The pod that runs keeps the gateway that it was given.
        expect(await versions()).toEqual(first);
      }),
    );
    const now = await versions();
    expect(now[0]).not.toBe(first[0]);
    note(`Sidecar, ${first[0]} to ${now[0]}: ${summary(load)}.`);
  });

  test('returns to the previous version, without a failed request or a lost write', async () => {
    const load = await whileTeamWorks(NAMESPACE, TRACKING, 'app=mlflow', () =>
      restartAfter(() => rollback(NAMESPACE)),
    );
    expect(await versions()).toEqual(first);
    note(`Sidecar, back to ${first[0]}: ${summary(load)}.`);
  });
});
