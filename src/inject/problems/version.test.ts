import { expect, test } from 'vitest';
import { envOf, inject, problems, refusal, with1 } from '../testing/injected.ts';
import { communityChart, officialChart } from '../testing/pods.ts';

test.each(['burakince/mlflow:2.22.0', 'ghcr.io/mlflow/mlflow:v3.1.4'])(
  '%s has no uvicorn for the socket, and the refusal names all settings of the alternative',
  (image) => {
    const version = image.replace(/.*:v?/, '');
    const [first, second, ...more] = problems(with1(communityChart(), { image }));
    expect(first).toBe(
      `MLflow ${version} (the image's tag) is older than 3.5, the first version that can listen on a socket (UVICORN_UDS); before, it runs on gunicorn. Use a newer one (image.tag of both charts), or set the annotation mlflow-gateway.io/upstream: loopback (podAnnotations of both charts) and --host=127.0.0.1 (community-charts/mlflow: serverHost; MLflow's chart: server.value_options.host).`,
    );
    expect(second).toBe(
      `MLflow ${version} (the image's tag) does not know --uvicorn-opts, which community-charts/mlflow adds by default. Set log.enabled: false, or extraArgs.gunicornOpts with the annotation for loopback.`,
    );
    expect(more).toEqual([]);
    const args = ['server', '--host=0.0.0.0', '--port=5000'];
    expect(
      problems(with1(communityChart(), { image, args: [...args, '--gunicorn-opts=-t 9'] })),
    ).toHaveLength(1);
  },
);

test('accepts the pod after the suggested change', () => {
  const pod = with1(communityChart(), {
    image: 'burakince/mlflow:2.22.0',
    args: ['server', '--host=127.0.0.1', '--port=5000', "--gunicorn-opts='--log-level=info'"],
  });
  pod.metadata.annotations = { 'mlflow-gateway.io/upstream': 'loopback' };
  const { mlflow, gateway } = inject(pod);
  expect(envOf(gateway)).toMatchObject({
    GW_TARGET_BASE_URL: 'http://127.0.0.1:5000',
    GW_LISTEN_PORT: '5000',
    GW_LISTEN_HOST: { fieldRef: { fieldPath: 'status.podIP' } },
  });
  expect(envOf(mlflow)).not.toHaveProperty('UVICORN_UDS');
});

test('a prefix needs MLflow 3.16', () => {
  const args = ['mlflow', 'server', '--static-prefix=/ml'];
  const image = (version: string) =>
    with1(officialChart(), { args, image: `ghcr.io/mlflow/mlflow:v${version}` });
  expect(refusal(image('3.15.1'))).toBe(
    "MLflow 3.15.1 (the image's tag) is given --static-prefix, which the gateway supports from MLflow 3.16 on. Use a newer one (image.tag of both charts), or remove the prefix and give the gateway GW_PATH_PREFIX=/ml instead.",
  );
  expect(envOf(inject(image('3.16.0')).gateway).GW_UPSTREAM_PATH_PREFIX).toBe('/ml');
});
