import { describe, expect, test } from 'vitest';
import { inject, problems, refusal } from '../testing/injected.ts';
import { type ContainerJson, communityChart, gunicornOnLoopback, type PodJson } from '../testing/pods.ts';

/** The proxy that `oauth2Proxy` of community-charts/mlflow renders. */
const oauth2Proxy = (more: string[] = [], port = 5000): ContainerJson => ({
  name: 'oauth2-proxy',
  image: 'bitnami/oauth2-proxy:7.12.0',
  ports: [{ name: 'oauth2-proxy', containerPort: 4180 }],
  args: [
    '--http-address=0.0.0.0:4180',
    `--upstream=http://127.0.0.1:${port}`,
    '--provider=keycloak',
    ...more,
  ],
  env: [{ name: 'OAUTH2_PROXY_CLIENT_ID', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }],
});

function beside(container: ContainerJson, pod = communityChart(), ports = '4180'): PodJson {
  pod.spec.containers.push(container);
  const { annotations } = pod.metadata;
  pod.metadata.annotations = { ...annotations, 'mlflow-gateway.io/allowed-ports': ports };
  return pod;
}

const PASSES = '--pass-authorization-header=true';

describe('an oauth2-proxy before the gateway', () => {
  test.each<[string, ContainerJson]>([
    ['by an option', oauth2Proxy([PASSES])],
    ['by an option without a value', oauth2Proxy(['--pass-authorization-header'])],
    [
      'by a variable',
      { ...oauth2Proxy(), env: [{ name: 'OAUTH2_PROXY_PASS_AUTHORIZATION_HEADER', value: 'true' }] },
    ],
  ])('works if it passes the token on %s', (_, container) => {
    const pod = beside(container);
    const { pod: after, gateway, warnings } = inject(pod, { openPorts: [5000, 4180] });
    expect(after.spec.containers[1]).toEqual(container);
    expect(gateway.env).toContainEqual({ name: 'GW_SIDECAR_ALLOWED_PORTS', value: '4180' });
    expect(warnings).toEqual([]);
  });

  test.each<[string, ContainerJson]>([
    ['has no option for it', oauth2Proxy()],
    ['turns it off', oauth2Proxy(['--pass-authorization-header=false'])],
    ['reads a file', { name: 'auth', image: 'oauth2-proxy:7', args: ['--config=/etc/proxy.cfg'] }],
  ])('is refused if it %s', (_, container) => {
    expect(refusal(beside(container))).toBe(
      `The container ${container.name} signs people in but does not pass their token on, and the gateway refuses requests without one. Give it --pass-authorization-header=true, and --skip-jwt-bearer-tokens=true for programs that bring a token (oauth2Proxy.extraArgs of community-charts/mlflow), or remove it (oauth2Proxy.enabled: false).`,
    );
  });

  test('gets a warning with an alpha configuration file, which excludes the option', () => {
    const container = { name: 'auth', image: 'oauth2-proxy:7', args: ['--alpha-config=/etc/alpha.yaml'] };
    expect(inject(beside(container)).warnings).toEqual([
      'Whether auth passes the token on stands in its file: it must send Authorization with the token to the gateway.',
    ]);
  });

  test('may serve another upstream', () => {
    const pod = beside(oauth2Proxy([], 9999));
    expect(inject(pod).warnings).toEqual([]);
  });

  test('is refused with all problems at once: its port, its reachability, and the token', () => {
    const pod = communityChart();
    pod.spec.containers.push(oauth2Proxy());
    expect(problems(pod, { openPorts: [5000] })).toEqual([
      expect.stringMatching(/^The container oauth2-proxy declares port 4180: .*networkPolicy\.sidecarPorts/),
      expect.stringContaining('does not pass their token on'),
    ]);
    expect(refusal(beside(oauth2Proxy([PASSES])), { openPorts: [5000] })).toBe(
      "The container oauth2-proxy serves callers at port 4180, which the NetworkPolicy of the gateway's release does not let them reach. Add 4180 to networkPolicy.sidecarPorts of the gateway's chart.",
    );
  });
});

describe('refuses a container that would bypass the gateway', () => {
  const loopback = (container: ContainerJson) => beside(container, gunicornOnLoopback(), '9100,4180');
  const said = (name: string): string =>
    `The container ${name} would reach MLflow at 127.0.0.1:5001 without the gateway. Remove it (oauth2Proxy.enabled: false of community-charts/mlflow; extraContainers of MLflow's chart), or the annotation mlflow-gateway.io/upstream: loopback, so that MLflow has a socket of its own.`;

  test.each<[string, ContainerJson]>([
    ['an auth proxy, token or not', oauth2Proxy([PASSES], 5001)],
    ['a proxy that reads a file', { name: 'front', image: 'nginx:1.29' }],
    ['one that names the address', { name: 'sync', image: 'x', args: ['--url=http://localhost:5001/api'] }],
    [
      'one that names it by a variable',
      { name: 'sync', image: 'x', env: [{ name: 'MLFLOW_TRACKING_URI', value: 'http://127.0.0.1:5001' }] },
    ],
    [
      'a sidecar of the native kind',
      { name: 'front', image: 'envoyproxy/envoy:v1', restartPolicy: 'Always' },
    ],
  ])('on loopback, %s', (_, container) => {
    const pod = loopback(container);
    if (container.restartPolicy !== undefined) pod.spec.initContainers = [pod.spec.containers.pop()!];
    expect(refusal(pod)).toBe(said(container.name));
  });

  test('except one that names another port, or a service mesh', () => {
    const exporter = { name: 'exporter', image: 'x', args: ['--url=http://127.0.0.1:50010'] };
    expect(inject(loopback(exporter), {}, 'tracking').warnings).toEqual([]);
    expect(
      inject(loopback({ name: 'istio-proxy', image: 'istio/proxyv2:1' }), {}, 'tracking').warnings,
    ).toEqual([]);
  });

  test('a container that names the socket', () => {
    const container = { name: 'sync', image: 'x', args: ['--unix-socket=/run/mlflow/mlflow.sock'] };
    expect(refusal(beside(container))).toBe(
      "The container sync names MLflow's socket /run/mlflow/mlflow.sock, and would reach MLflow without the gateway. Let it ask the gateway at 127.0.0.1:5000.",
    );
  });
});
