/**
 * The gateway in MLflow's pods, injected by the webhook: an open MLflow is closed step by step, each
 * protection is tested separately, and parts of the pod are killed. Each test continues where the one before ended.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { officialChart } from '../../src/inject/testing/pods.ts';
import { expectAudit } from './support/audit.ts';
import {
  answered,
  as,
  ask,
  killProcesses,
  openPorts,
  openVolume,
  processesOf,
  underLoad,
} from './support/caller.ts';
import { eventually } from './support/eventually.ts';
import { trustKeycloak } from './support/keycloak.ts';
import { apply, type KubeObject, kubectl, list, remove, rolledOut } from './support/kubectl.ts';
import {
  BYPASSING,
  beside,
  COMMAND,
  deployment,
  FOUR_WORKERS,
  INJECT,
  mlflow,
  PORT,
  pod,
  SECRET_PORT,
} from './support/mlflow.ts';
import { CONTAINER_SECURITY, makeNamespace, removeNamespace } from './support/namespace.ts';
import { gone, newestPod, podsOf, restartsOf } from './support/pods.ts';
import { FULLNAME, helmTest, install } from './support/release.ts';
import { heading, note } from './support/report.ts';
import { settings } from './support/settings.ts';
import { LOCAL, newExperiment, SEARCH, work } from './support/work.ts';

const NAMESPACE = 'e2e-webhook';
/** MLflow's own Service, as in its users' MLFLOW_TRACKING_URI. */
const TRACKING = `http://mlflow.${NAMESPACE}.svc:${PORT}`;
const values = (more: object = {}): object => ({
  mode: 'sidecar',
  injection: { method: 'webhook' },
  ...more,
});
const atPod = async (port = PORT): Promise<string> =>
  `http://${(await newestPod(NAMESPACE)).status.podIP}:${port}`;

beforeAll(async () => {
  heading('Sidecar, by webhook');
  await makeNamespace(NAMESPACE);
  await trustKeycloak(NAMESPACE, process.env.E2E_AUTHORITY!);
});

afterAll(() => removeNamespace(NAMESPACE));

describe('protection, step by step', () => {
  test('without the gateway: any pod reads everything', async () => {
    await apply(NAMESPACE, ...mlflow());
    await openVolume(NAMESPACE, 'mlflow');
    await rolledOut(NAMESPACE, 'mlflow');
    for (const base of [TRACKING, await atPod()])
      expect(await answered({ url: base + SEARCH, headers: LOCAL })).toMatchObject({ status: 200 });
  });

  test('the chart alone changes nothing for MLflow', async () => {
    await install(NAMESPACE, values({ networkPolicy: { enabled: false } }));
    expect(await answered({ url: TRACKING + SEARCH, headers: LOCAL })).toMatchObject({ status: 200 });
  });

  test('the sidecar requires a token and closes every other port, without a NetworkPolicy', async () => {
    const path = '{"spec":{"template":{"metadata":{"labels":{"mlflow-gateway.io/inject":"enabled"}}}}}';
    await kubectl(['-n', NAMESPACE, 'patch', 'deployment', 'mlflow', '-p', path]);
    await rolledOut(NAMESPACE, 'mlflow');
    expect(await list(NAMESPACE, 'networkpolicies')).toEqual([]);
    for (const base of [TRACKING, await atPod(), `http://${FULLNAME}.${NAMESPACE}.svc`]) {
      // The node learns of new addresses behind a Service a moment after the pod is ready.
      await eventually(base, async () =>
        expect(await ask({ url: base + SEARCH, headers: LOCAL })).toMatchObject({
          status: 401,
          text: expect.stringContaining('token_missing'),
        }),
      );
      expect(await answered({ url: base + SEARCH, headers: await as('ada') })).toMatchObject({ status: 200 });
    }
    const open = await openPorts((await newestPod(NAMESPACE)).status.podIP, 1, 65_535);
    expect(open).toEqual([PORT]);
    note(`Of the injected pod's 65,535 TCP ports another pod can open: ${open.join(', ')}.`);
  });

  test('the pod differs only as documented', async () => {
    const { spec, metadata } = await newestPod(NAMESPACE);
    expect(metadata.annotations).toMatchObject({ 'mlflow-gateway.io/injected': 'native' });
    const [container] = spec.containers;
    expect(container.command.slice(0, 6)).toEqual([
      'mlflow',
      'server',
      '--host',
      '0.0.0.0',
      '--port',
      '5000',
    ]);
    expect(container.env).toContainEqual({ name: 'UVICORN_UDS', value: '/run/mlflow/mlflow.sock' });
    expect(spec.initContainers).toMatchObject([{ name: 'mlflow-gateway', restartPolicy: 'Always' }]);
  });

  test('the bypass check: the gateway is not ready while MLflow is also on the network', async () => {
    await apply(NAMESPACE, pod('bypass', { labels: INJECT, ...BYPASSING }));
    const address = await eventually('an address', async () => {
      const [found] = await list(NAMESPACE, 'pods', 'app=bypass');
      expect(found?.status.podIP).toBeTypeOf('string');
      return found!.status.podIP as string;
    });
    // MLflow is readable without the gateway ...
    await eventually('MLflow at its own port', async () =>
      expect(await ask({ url: `http://${address}:${SECRET_PORT}${SEARCH}`, headers: LOCAL })).toMatchObject({
        status: 200,
      }),
    );
    // ... and the gateway reports it.
    await eventually('the gateway says so', async () =>
      expect(await ask({ url: `http://${address}:${PORT}/readyz` })).toMatchObject({
        status: 503,
        text: expect.stringContaining(`listens beside the gateway, at 0.0.0.0:${SECRET_PORT}:`),
      }),
    );
    const [found] = await list(NAMESPACE, 'pods', 'app=bypass');
    expect(found!.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False' }),
    );
    await remove(NAMESPACE, 'pod', 'bypass');
  });

  test('the bypass check: a second container that listens keeps the pod unready, and its port is named', async () => {
    const listening = beside('second', "require('net').createServer().listen(8081, '0.0.0.0')");
    const run = (annotations: Record<string, string>) =>
      apply(NAMESPACE, pod('beside', { labels: INJECT, annotations, beside: [listening] }));
    const found = async () => (await list(NAMESPACE, 'pods', 'app=beside'))[0];
    await run({});
    await eventually('the gateway says so', async () => {
      const address = (await found())?.status.podIP;
      expect(await ask({ url: `http://${address}:${PORT}/readyz` })).toMatchObject({
        status: 503,
        text: expect.stringContaining('listens beside the gateway, at 0.0.0.0:8081:'),
      });
    });
    expect((await found())!.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Ready', status: 'False' }),
    );
    await remove(NAMESPACE, 'pod', 'beside');
    await run({ 'mlflow-gateway.io/allowed-ports': '8081' });
    await eventually('allowed, it is ready', async () =>
      expect((await found())?.status.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      ),
    );
    await remove(NAMESPACE, 'pod', 'beside');
  });

  test('admission refuses gunicorn options that bind an address', async () => {
    const command = [...COMMAND, '--gunicorn-opts', '-b 0.0.0.0:8080'];
    await expect(apply(NAMESPACE, pod('bound', { labels: INJECT, command }))).rejects.toThrow(
      'is given --gunicorn-opts (which binds 0.0.0.0:8080)',
    );
  });

  test('the NetworkPolicy: other ports of such a pod are closed', async () => {
    const annotations = { 'mlflow-gateway.io/allowed-ports': '9090' };
    const exporter = beside(
      'exporter',
      "require('http').createServer((q, r) => r.end('metrics')).listen(9090)",
    );
    await apply(NAMESPACE, deployment({ labels: INJECT, annotations, beside: [exporter] }));
    await rolledOut(NAMESPACE, 'mlflow');
    expect(await answered({ url: await atPod(9090) })).toMatchObject({ status: 200, text: 'metrics' });
    await install(NAMESPACE, values());
    const url = await atPod(9090);
    await eventually('the port is closed', async () =>
      expect(await ask({ url, timeoutMs: 2_000 })).toEqual({ error: 'timeout' }),
    );
    expect(await ask({ url: (await atPod()) + SEARCH, headers: await as('ada') })).toMatchObject({
      status: 200,
    });
    await apply(NAMESPACE, deployment({ labels: INJECT, command: FOUR_WORKERS }));
    await rolledOut(NAMESPACE, 'mlflow');
  });

  test('helm test passes', async () => {
    expect(await helmTest(NAMESPACE)).not.toContain('FAILED');
  });
});

test('a pod of MLflow’s own chart works: read-only root file system, probes and Service by port name', async () => {
  const { metadata, spec } = officialChart();
  const [container] = spec.containers;
  const volumes = [{ name: 'mlflow-storage', emptyDir: {} }, ...spec.volumes!.slice(1)];
  await apply(NAMESPACE, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'official', labels: { ...metadata.labels, app: 'official' } },
    spec: {
      ...spec,
      serviceAccountName: 'default',
      volumes,
      containers: [
        {
          ...container,
          image: settings().mlflowImage,
          env: [...container!.env!, { name: 'HOME', value: '/tmp' }],
        },
      ],
    },
  });
  await kubectl(['-n', NAMESPACE, 'wait', '--for=condition=Ready', 'pod/official', '--timeout=120s'], {
    timeoutMs: 130_000,
  });
  const [official] = await podsOf(NAMESPACE, 'app=official');
  const running = official!.spec.containers[0];
  expect([running.command, running.args]).toEqual([container!.command, container!.args]);
  const base = `http://${official!.status.podIP}:5000`;
  expect(await answered({ url: base + SEARCH, headers: LOCAL })).toMatchObject({ status: 401 });
  // It has no workspaces: a tag names the owner.
  const id = await newExperiment(base, 'ada');
  const url = `${base}/api/2.0/mlflow/experiments/get?experiment_id=${id}`;
  expect(await answered({ url, headers: await as('vera') })).toMatchObject({ status: 200 });
  expect(await answered({ url, headers: await as('bob') })).toMatchObject({ status: 404 });
  await remove(NAMESPACE, 'pod', 'official');
});

describe('a labelled pod cannot start without its sidecar', () => {
  const start = (name: string, more: object = {}): Promise<void> =>
    apply(NAMESPACE, pod(name, { labels: INJECT, ...more }));

  test('while the webhook is down', async () => {
    await kubectl(['-n', NAMESPACE, 'scale', 'deployment', `${FULLNAME}-inject`, '--replicas=0']);
    // Terminating pods still respond for some seconds.
    await eventually('no webhook pod is left', async () =>
      expect(await list(NAMESPACE, 'pods', 'app.kubernetes.io/component=injection')).toEqual([]),
    );
    await expect(start('alone')).rejects.toThrow('failed calling webhook "inject.mlflow-gateway.io"');
  });

  test('without the webhook: the guard refuses', async () => {
    await remove(undefined, 'mutatingwebhookconfiguration', '--selector=app.kubernetes.io/instance=gateway');
    await expect(start('alone')).rejects.toThrow('must run the gateway');
    const container = { name: 'mlflow-gateway', image: 'busybox', securityContext: CONTAINER_SECURITY };
    await expect(start('pretending', { beside: [container] })).rejects.toThrow('GW_TARGET_BASE_URL');
    expect(await podsOf(NAMESPACE, 'app in (alone, pretending)')).toEqual([]);
  });

  test('a label cannot be added to a running pod', async () => {
    await apply(NAMESPACE, pod('plain'));
    const label = ['-n', NAMESPACE, 'label', 'pod', 'plain', 'mlflow-gateway.io/inject=enabled'];
    await expect(kubectl(label)).rejects.toThrow('must run the gateway');
    await remove(NAMESPACE, 'pod', 'plain');
  });

  test('an upgrade restores missing objects', async () => {
    await install(NAMESPACE, values());
    await kubectl(['-n', NAMESPACE, 'scale', 'deployment', `${FULLNAME}-inject`, '--replicas=2']);
    await rolledOut(NAMESPACE, `${FULLNAME}-inject`);
  });

  test('a pod whose MLflow container is ambiguous is refused with instructions', async () => {
    const annotations = { 'mlflow-gateway.io/port': 'http' };
    await expect(start('unclear', { annotations })).rejects.toThrow('mlflow-gateway.io/port');
  });
});

describe('failures', () => {
  /** Waits until a container of the pod has restarted and the whole pod is ready. */
  const restarted = (before: KubeObject, container: string): Promise<void> =>
    eventually(`a new ${container}`, async () => {
      const now = await newestPod(NAMESPACE);
      expect(restartsOf(now, container)).toBeGreaterThan(restartsOf(before, container));
      expect(now.status.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      );
    });

  test('MLflow restarts by itself after SIGKILL under load, with four workers', async () => {
    const before = await newestPod(NAMESPACE);
    const { counts, longestGapMs, sent } = await underLoad(await work(TRACKING, 'ada'), async () => {
      await killProcesses(before.metadata.uid!, /python/);
      await restarted(before, 'mlflow');
    });
    const after = await newestPod(NAMESPACE);
    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(restartsOf(after, 'mlflow')).toBe(restartsOf(before, 'mlflow') + 1);
    expect(restartsOf(after, 'mlflow-gateway')).toBe(restartsOf(before, 'mlflow-gateway'));
    // Meanwhile the caller got responses that request a retry, and then successes.
    expect(
      Object.keys(counts).filter(
        (what) => !['200', '502', '503', '504', 'ECONNREFUSED', 'ECONNRESET', 'timeout'].includes(what),
      ),
    ).toEqual([]);
    expect(longestGapMs).toBeLessThan(50_000);
    expect(await answered({ url: TRACKING + SEARCH, headers: await as('ada') })).toMatchObject({
      status: 200,
    });
    note(
      `All processes of MLflow (four workers) killed under load: good answers again after ${(longestGapMs / 1000).toFixed(1)} s; ${sent} requests, by answer ${JSON.stringify(counts)}.`,
    );
  });

  test('three workers continue when the fourth is killed', async () => {
    const before = await newestPod(NAMESPACE);
    const uid = before.metadata.uid!;
    const worker = /multiprocessing.*spawn_main/;
    const { counts, longestGapMs } = await underLoad(await work(TRACKING, 'ada'), async () => {
      const four = await processesOf(uid, worker);
      expect(four).toHaveLength(4);
      const [killed] = await killProcesses(uid, worker, 1);
      await eventually('four workers again', async () => {
        const now = await processesOf(uid, worker);
        expect(now).toHaveLength(4);
        expect(now.map(({ pid }) => pid)).not.toContain(killed!.pid);
      });
    });
    const after = await newestPod(NAMESPACE);
    expect(restartsOf(after, 'mlflow')).toBe(restartsOf(before, 'mlflow'));
    expect(longestGapMs).toBeLessThan(10_000);
    note(`One worker killed: longest pause ${longestGapMs} ms, by answer ${JSON.stringify(counts)}.`);
  });

  test('the gateway restarts, and MLflow keeps running', async () => {
    const before = await newestPod(NAMESPACE);
    const { counts, longestGapMs } = await underLoad(await work(TRACKING, 'ada'), async () => {
      await killProcesses(before.metadata.uid!, /mlflow-gateway\.mjs serve/);
      await restarted(before, 'mlflow-gateway');
    });
    const after = await newestPod(NAMESPACE);
    expect(restartsOf(after, 'mlflow-gateway')).toBe(restartsOf(before, 'mlflow-gateway') + 1);
    expect(restartsOf(after, 'mlflow')).toBe(restartsOf(before, 'mlflow'));
    expect(longestGapMs).toBeLessThan(15_000);
    note(
      `The gateway killed: good answers again after ${longestGapMs} ms, by answer ${JSON.stringify(counts)}.`,
    );
  });
});

describe('a second replica', () => {
  test('serves the same tenant the same data', async () => {
    await apply(NAMESPACE, deployment({ labels: INJECT, replicas: 2 }));
    await rolledOut(NAMESPACE, 'mlflow');
    const pods = await podsOf(NAMESPACE, 'app=mlflow');
    expect(pods).toHaveLength(2);
    const [first, second] = pods.map(({ status }) => `http://${status.podIP}:${PORT}`);
    const id = await newExperiment(first!, 'ada');
    const get = `/api/2.0/mlflow/experiments/get?experiment_id=${id}`;
    expect(await answered({ url: second! + get, headers: await as('vera') })).toMatchObject({ status: 200 });
    expect(await answered({ url: second! + get, headers: await as('bob') })).toMatchObject({ status: 404 });
  });

  test('a new configuration is rolled out without losing a request', async () => {
    await install(NAMESPACE, values({ config: { GW_LOG_LEVEL: 'debug' } }));
    // A terminating webhook responds with its old settings.
    await eventually('the new webhook alone', async () => {
      const pods = await list(NAMESPACE, 'pods', 'app.kubernetes.io/component=injection');
      expect(pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)).toEqual([]);
    });
    const old = await podsOf(NAMESPACE, 'app=mlflow');
    const result = await underLoad(await work(TRACKING, 'ada'), async () => {
      await kubectl(['-n', NAMESPACE, 'rollout', 'restart', 'deployment/mlflow']);
      await rolledOut(NAMESPACE, 'mlflow');
      await gone(NAMESPACE, old);
    });
    expect(result).toMatchObject({ counts: { 200: result.sent }, failures: [] });
    const pods = await podsOf(NAMESPACE, 'app=mlflow');
    for (const { spec } of pods)
      expect(spec.initContainers[0].env).toContainEqual({ name: 'GW_LOG_LEVEL', value: 'debug' });
    note(`MLflow's pods replaced, one after another: ${result.sent} requests meanwhile, none lost.`);
  });

  test('after a node with the webhook was drained, every pod returns with its gateway', async () => {
    const [node] = await list('', 'nodes');
    const name = node!.metadata.name;
    const drain = (selector: string): Promise<string> =>
      kubectl(['drain', name, `--pod-selector=${selector}`, '--delete-emptydir-data', '--timeout=120s'], {
        timeoutMs: 130_000,
      });
    try {
      await drain('mlflow-gateway.io/inject=enabled');
      // There is one node: a webhook's second pod cannot be evicted before the first runs elsewhere, so it is deleted.
      await kubectl(['-n', NAMESPACE, 'delete', 'pod', '-l', 'app.kubernetes.io/component=injection']);
      await eventually('nothing answers', async () =>
        expect(await ask({ url: TRACKING + SEARCH, timeoutMs: 2_000 })).not.toHaveProperty('status'),
      );
    } finally {
      await kubectl(['uncordon', name]);
    }
    await rolledOut(NAMESPACE, `${FULLNAME}-inject`);
    await rolledOut(NAMESPACE, 'mlflow');
    for (const { spec } of await podsOf(NAMESPACE, 'app=mlflow'))
      expect(spec.initContainers).toMatchObject([{ name: 'mlflow-gateway' }]);
    expect(await answered({ url: TRACKING + SEARCH, headers: await as('ada') })).toMatchObject({
      status: 200,
    });
    expect(await answered({ url: TRACKING + SEARCH, headers: LOCAL })).toMatchObject({ status: 401 });
  });
});

test('the audit log has every step', async () => {
  const request = { url: TRACKING + SEARCH, headers: await as('bob') };
  expect(await answered(request)).toMatchObject({ status: 200 });
  await expectAudit(
    NAMESPACE,
    'app=mlflow',
    'audit-webhook.jsonl',
    { tenant: 'team-b', decision: 'allow', operation: 'searchExperimentsByGet', status_code: 200 },
    { decision: 'deny', reason: 'token_missing', status_code: 401 },
  );
});
