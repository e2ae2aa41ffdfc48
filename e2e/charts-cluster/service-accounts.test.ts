/**
 * Training pods that authenticate by their service account, with the plugin of MLflow's client
 * (docs/integration-guide.md, "Kubernetes service accounts"): the namespace is the team.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { mergeAll } from '../../chart/tests/trees.ts';
import { apply, kubectl, remove } from '../cluster/support/kubectl.ts';
import {
  CONTAINER_SECURITY,
  makeNamespace,
  POD_SECURITY,
  removeNamespace,
} from '../cluster/support/namespace.ts';
import { record } from './support/record.ts';
import { installGateway, installMlflow, mlflowReady } from './support/release.ts';
import { chartSettings } from './support/settings.ts';
import { base, workspaces } from './support/values.ts';

const NAMESPACE = 'e2e-charts-accounts';
const TEAMS = ['e2e-charts-team-a', 'e2e-charts-team-b'] as const;
const TRAINER = 'trainer';
const KEYS = { secret: 'cluster-keys', key: 'jwks.json' };

beforeAll(async () => {
  const issuer = JSON.parse(await kubectl(['get', '--raw', '/.well-known/openid-configuration']))
    .issuer as string;
  const jwks = await kubectl(['get', '--raw', '/openid/v1/jwks']);
  await makeNamespace(NAMESPACE, 'baseline');
  await apply(NAMESPACE, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: KEYS.secret },
    stringData: { [KEYS.key]: jwks },
  });
  await installGateway(NAMESPACE, {
    mode: 'sidecar',
    injection: { method: 'webhook' },
    config: {
      GW_OIDC_ISSUER: issuer,
      GW_OIDC_AUDIENCE: 'mlflow',
      GW_TENANT_CLAIM: '/kubernetes.io/namespace',
      GW_ROLE_CLAIM: 'sub',
      GW_RBAC_CONTRIBUTOR_ALIASES: TEAMS.map((team) => `system:serviceaccount:${team}:${TRAINER}`).join(','),
    },
    configFrom: { GW_JWKS_JSON: KEYS },
  });
  await installMlflow(NAMESPACE, 'official', mergeAll(base('official'), workspaces('official')));
  await mlflowReady(NAMESPACE, 'official');
  const script = readFileSync(join(import.meta.dirname, 'support/pods/trainer.py'), 'utf8');
  for (const team of TEAMS) {
    await makeNamespace(team);
    await apply(
      team,
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: TRAINER } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: TRAINER }, data: { 'trainer.py': script } },
    );
  }
});

afterAll(async () => {
  for (const namespace of [NAMESPACE, ...TEAMS]) await removeNamespace(namespace);
});

/** The pod of the guide, with its names replaced by those of the test. */
interface TrainingPod {
  metadata: { namespace: string };
  spec: {
    automountServiceAccountToken: boolean;
    securityContext?: object;
    containers: [
      {
        image: string;
        command: string[];
        workingDir?: string;
        securityContext?: object;
        env: { name: string; value: string }[];
        volumeMounts: object[];
      },
    ];
    volumes: object[];
  };
}

function podOfGuide(team: string, experiment: string): TrainingPod {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/integration-guide.md'), 'utf8');
  const [, yaml] = /```yaml\n(apiVersion: v1\nkind: Pod\n[\s\S]*?serviceAccountToken[\s\S]*?)```/.exec(
    guide,
  )!;
  const pod = parse(yaml!) as TrainingPod;
  pod.metadata.namespace = team;
  const { spec } = pod;
  spec.securityContext = POD_SECURITY;
  spec.volumes.push({ name: 'script', configMap: { name: TRAINER } });
  const [container] = spec.containers;
  container.image = chartSettings().mlflowImage;
  container.command = ['python3', '-W', 'ignore', '/script/trainer.py', experiment];
  container.workingDir = '/tmp';
  container.securityContext = CONTAINER_SECURITY;
  container.volumeMounts.push({ name: 'script', mountPath: '/script' });
  const address = container.env.find(({ name }) => name === 'MLFLOW_TRACKING_URI')!;
  address.value = address.value.replace('.mlflow.svc', `.${NAMESPACE}.svc`);
  const more = { HOME: '/tmp', MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2' };
  container.env.push(...Object.entries(more).map(([name, value]) => ({ name, value })));
  return pod;
}

/** Runs the training script in a pod, and returns its output. */
async function train(pod: TrainingPod): Promise<{
  readonly status?: string;
  readonly experiments?: readonly string[];
  readonly error?: string;
  readonly code?: number;
}> {
  const { namespace } = pod.metadata;
  await remove(namespace, 'pod', TRAINER);
  await apply(namespace, pod);
  const over = ['wait', '--for=jsonpath={.status.phase}=Succeeded', `pod/${TRAINER}`, '--timeout=180s'];
  await kubectl(['-n', namespace, ...over], { timeoutMs: 200_000 });
  const printed = await kubectl(['-n', namespace, 'logs', TRAINER]);
  return JSON.parse(printed.trim().split('\n').at(-1)!);
}

test('a pod logs runs of its namespace’s team; another namespace sees none; the default pod token is refused', async () => {
  const began = performance.now();
  const [a, b] = TEAMS;
  const first = await train(podOfGuide(a, 'of-team-a'));
  expect(first).toMatchObject({ status: 'FINISHED', experiments: expect.arrayContaining(['of-team-a']) });
  const second = await train(podOfGuide(b, 'of-team-b'));
  expect(second).toMatchObject({ status: 'FINISHED', experiments: expect.arrayContaining(['of-team-b']) });
  expect(second.experiments).not.toContain('of-team-a');

  const namespaced = podOfGuide(a, 'of-team-a');
  namespaced.spec.containers[0].env.find(({ name }) => name === 'MLFLOW_TRACKING_AUTH')!.value =
    'kubernetes-namespaced';
  expect(await train(namespaced)).toMatchObject({ status: 'FINISHED' });

  const byItself = podOfGuide(a, 'of-team-a');
  byItself.spec.automountServiceAccountToken = true;
  byItself.spec.containers[0].volumeMounts = [{ name: 'script', mountPath: '/script' }];
  const refused = await train(byItself);
  expect(refused).toEqual({ code: 401, error: 'UNAUTHENTICATED: The token is for another audience' });
  record({
    chart: 'official',
    values: 'workspaces; callers are service accounts, by `MLFLOW_TRACKING_AUTH=kubernetes`',
    by: 'webhook',
    outcome: 'works',
    seen: [
      'pods as the [guide](integration-guide.md#kubernetes-service-accounts) has them log runs, each for the team that is its namespace',
      'so does one with `MLFLOW_TRACKING_AUTH=kubernetes-namespaced`',
      'one with the token that Kubernetes gives pods by itself: 401, `The token is for another audience`',
    ],
    seconds: (performance.now() - began) / 1_000,
  });
});
