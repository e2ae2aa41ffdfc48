import { describe, expect, test } from 'vitest';
import { injectPatch } from './patch.ts';
import { readPod } from './pod.ts';
import { inject, PODS, problems, settingsOf, with1 } from './testing/injected.ts';
import { communityChart } from './testing/pods.ts';

describe.each(PODS)('%s', (_, make, name) => {
  test('gets the label by which Services select pods with a gateway', () => {
    const { pod } = inject(make(), {}, name);
    expect(pod.metadata.labels).toEqual({
      ...make().metadata.labels,
      'mlflow-gateway.io/has-gateway': 'true',
    });
  });

  test.each(['native', 'container'])('as %s: keeps everything it had', (sidecar) => {
    const before = make();
    const { pod: after, mlflow } = inject(before, { sidecar }, name);
    const original = before.spec.containers.find((c) => c.name === name)!;
    const without = (list: readonly { name: string }[] = [], names: readonly string[]) =>
      list.filter((item) => !names.includes(item.name));
    expect({
      ...mlflow,
      env: without(mlflow.env, [
        'UVICORN_UDS',
        'MLFLOW_GUNICORN_OPTS',
        'MLFLOW_HOST',
        'MLFLOW_SERVER_ALLOWED_HOSTS',
      ]),
      volumeMounts: without(mlflow.volumeMounts, ['mlflow-gateway-socket']),
      lifecycle: undefined,
    }).toEqual({
      ...original,
      env: original.env ?? [],
      volumeMounts: original.volumeMounts ?? [],
      lifecycle: undefined,
    });
    const mine = ['mlflow-gateway', 'mlflow-gateway-socket', name];
    expect(without(after.spec.containers, mine)).toEqual(without(before.spec.containers, mine));
    expect(without(after.spec.initContainers, mine)).toEqual(before.spec.initContainers ?? []);
    expect(without(after.spec.volumes, mine)).toEqual(before.spec.volumes ?? []);
    const { containers: _a, initContainers: _b, volumes: _c, ...rest } = after.spec;
    const { containers: _d, initContainers: _e, volumes: _f, ...same } = before.spec;
    expect(rest).toEqual(same);
    expect(after.metadata).toMatchObject(before.metadata);
  });

  test('stays unchanged at the second review', () => {
    for (const sidecar of ['native', 'container']) {
      const podAnnotations = { 'mlflow-gateway.io/config-checksum': '0c4f' };
      const { pod } = inject(make(), { sidecar, podAnnotations });
      for (const again of ['native', 'container']) {
        expect(injectPatch(readPod(pod), settingsOf({ sidecar: again })).patch).toEqual([]);
      }
    }
  });
});

test('a refusal lists every problem of the pod with its remedy', () => {
  const pod = with1(communityChart(), {
    args: [
      'server',
      '--host=0.0.0.0',
      '--port=5000',
      "--gunicorn-opts='--timeout=60'",
      '--allowed-hosts=https://mlflow.example.com',
    ],
    livenessProbe: { httpGet: { path: '/', port: 'mlflow' } },
    ports: [{ name: 'mlflow', containerPort: 5001 }],
  });
  pod.spec.hostNetwork = true;
  pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': 'metrics' };
  expect(problems(pod)).toEqual([
    expect.stringMatching(/^The pod has hostNetwork: true\..* Remove it\.$/),
    expect.stringContaining('must be port numbers with commas between'),
    expect.stringContaining('configured to listen on port 5000, but its container mlflow declares 5001'),
    "MLflow is given --gunicorn-opts, so its server is not uvicorn and cannot be moved to a socket by UVICORN_UDS. Remove it (community-charts/mlflow: extraArgs.gunicornOpts; MLflow's chart: server.value_options.gunicorn_opts), or set the annotation mlflow-gateway.io/upstream: loopback (podAnnotations of both charts) and --host=127.0.0.1 (community-charts/mlflow: serverHost; MLflow's chart: server.value_options.host).",
    expect.stringMatching(
      /^MLflow does not start with --allowed-hosts and --gunicorn-opts together\. Remove the first/,
    ),
    expect.stringContaining('which has no host that the gateway can send. Add localhost to it'),
  ]);
});
