import { describe, expect, test } from 'vitest';
import { injectPatch } from './patch.ts';
import { readPod } from './pod.ts';
import { problems, settingsOf } from './testing/injected.ts';
import { type ContainerJson, officialChart, type PodJson } from './testing/pods.ts';

/** The migration Job of MLflow's chart, which has the labels of its Deployment. */
function job(change: Partial<ContainerJson> = {}, restartPolicy = 'Never'): PodJson {
  const pod = officialChart();
  pod.spec.restartPolicy = restartPolicy;
  pod.spec.containers = [
    {
      name: 'migrate',
      image: 'ghcr.io/mlflow/mlflow:v3.17.2-full',
      command: ['mlflow', 'db', 'upgrade', '--uri', '$(MLFLOW_BACKEND_STORE_URI)'],
      ...change,
    },
  ];
  return pod;
}

const judge = (pod: PodJson, json: object = {}) => injectPatch(readPod(pod), settingsOf(json));

describe('leaves a pod unchanged that ends and serves nothing', () => {
  test.each<[string, PodJson]>([
    ['the migration', job()],
    ['garbage collection', job({ command: ['mlflow', 'gc', '--older-than', '30d'] }, 'OnFailure')],
    ['in a shell', job({ command: ['sh', '-c', 'sleep 5 && mlflow db upgrade "$URI"'] })],
    ['as a module', job({ command: ['python', '-m', 'mlflow', 'db', 'upgrade', 'x'] })],
  ])('%s', (_, pod) => {
    for (const sidecar of ['native', 'container'])
      expect(judge(pod, { sidecar })).toEqual({
        outcome: 'runs no server',
        patch: [],
        warnings: [],
        facts: {},
      });
  });

  test('with any other containers that are not MLflow’s', () => {
    const pod = job();
    pod.spec.hostNetwork = true;
    pod.spec.containers.push({ name: 'sql-proxy', image: 'cloud-sql-proxy:2' });
    pod.spec.initContainers = [{ name: 'istio-proxy', image: 'proxyv2:1', restartPolicy: 'Always' }];
    expect(judge(pod).outcome).toBe('runs no server');
  });
});

describe('refuses a pod that ends and might serve', () => {
  const said = expect.stringMatching(
    /^The pod has a restartPolicy other than Always, as those of Jobs, .*Remove the label/,
  );

  test.each<[string, PodJson]>([
    ['a server', job({ command: ['mlflow', 'server', '--port=5000'] })],
    [
      'a migration and then a server',
      job({ command: ['sh', '-c', 'mlflow db upgrade x; exec mlflow server'] }),
    ],
    ['the image’s own command', job({ command: [] })],
    ['a script', job({ command: ['/start.sh'] })],
    ['a web server', job({ command: ['sh', '-c', 'mlflow db upgrade x; gunicorn mlflow.server:app'] })],
    ['a model server', job({ command: ['mlflow', 'models', 'serve', '-m', 'x'] })],
  ])('%s', (_, pod) => {
    expect(problems(pod)[0]).toEqual(said);
    expect(problems(pod, { sidecar: 'container' })[0]).toEqual(said);
  });

  test.each<[string, ContainerJson]>([
    ['another of its containers serves', { name: 'x', image: 'x', command: ['mlflow', 'server'] }],
    ['another has MLflow’s image', { name: 'x', image: 'burakince/mlflow:3.17.2' }],
    ['one has the name of MLflow’s container', { name: 'mlflow', image: 'x', command: ['/start.sh'] }],
    ['it has a gateway', { name: 'mlflow-gateway', image: 'x' }],
  ])('%s', (_, container) => {
    const pod = job();
    pod.spec.containers.push(container);
    expect(problems(pod)[0]).toEqual(said);
  });

  test('with a server as a sidecar among its init containers', () => {
    const pod = job();
    pod.spec.initContainers = [{ name: 'x', image: 'x', command: ['mlflow', 'ui'], restartPolicy: 'Always' }];
    expect(problems(pod)[0]).toEqual(said);
  });
});

test('treats a pod that does not end as a server, with any command', () => {
  expect(problems(job({}, 'Always'))).toEqual([
    expect.stringContaining(
      'migrate runs "mlflow db", which is not MLflow\'s server. Remove the label from this pod',
    ),
  ]);
});
