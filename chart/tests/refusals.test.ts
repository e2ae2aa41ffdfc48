/**
 * The guard on a real API server: refuses pods that would not work behind the gateway or would bypass it, with a remedy, for an injected and
 * for a hand-written gateway. The pods are those of MLflow's two charts.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type Cluster, environment, startCluster } from './admission.ts';
import { ASSETS } from './api-server.ts';
import { CHART, helm, type KubeObject, REQUIRED } from './helm.ts';
import { communityPod, jobPod, mlflowPod, served } from './pods.ts';

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let server: Cluster;
  const values = (method: string, more: object = {}) => ({
    mode: 'sidecar',
    ...REQUIRED,
    injection: { method },
    ...more,
  });
  // biome-ignore lint/suspicious/noExplicitAny: values of other charts
  let official: any;
  // biome-ignore lint/suspicious/noExplicitAny: values of other charts
  let community: any;

  beforeAll(async () => {
    server = await startCluster();
    const open = {};
    await server.install('by-policy', values('admissionPolicy'), open);
    await server.install('by-hand', values('none'), open);
    [official, community] = printed(values('none'));
  });
  afterAll(() => server?.stop());

  /** The output of the release notes, as values of MLflow's own chart and of community-charts/mlflow. */
  function printed(of: object): [object, object] {
    const notes = helm(
      [
        'upgrade',
        '--install',
        'notes',
        CHART,
        '--namespace',
        'by-hand',
        '--dry-run=server',
        ...server.access,
      ],
      of,
    );
    const block = (first: string) =>
      parseYaml(new RegExp(`^ {5}${first}:\\n[\\s\\S]*?\\n\\n`, 'm').exec(notes)?.[0] ?? '');
    return [block('podLabels'), block('extraPodLabels')];
  }

  type Change = (pod: KubeObject) => void;

  /** Merges the values like MLflow's own chart, after `change`. */
  function byHand(pod: object, change: Change = () => {}, block = official): object {
    const written = structuredClone(pod) as unknown as KubeObject;
    Object.assign(written.metadata.labels, block.podLabels);
    const { spec } = written;
    const [container] = spec.containers;
    spec.initContainers = [...(spec.initContainers ?? []), ...structuredClone(block.extraInitContainers)];
    spec.volumes = [...(spec.volumes ?? []), ...block.extraVolumes];
    container.volumeMounts = [...(container.volumeMounts ?? []), ...block.extraVolumeMounts];
    const own = container.env ?? [];
    const has = ({ name }: { name: string }) => own.some((one: { name: string }) => one.name === name);
    container.env = [...own, ...block.env.filter((one: { name: string }) => !has(one))];
    change(written);
    return written;
  }

  const asOfficial = (values: typeof community) => ({
    podLabels: values.extraPodLabels,
    extraInitContainers: values.initContainers,
    extraVolumes: values.extraVolumes,
    extraVolumeMounts: values.extraVolumeMounts,
    env: Object.entries(values.extraEnvVars).map(([name, value]) => ({ name, value })),
  });

  test.each([
    ['MLflow’s own chart', mlflowPod, () => official],
    ['community-charts/mlflow', communityPod, () => asOfficial(community)],
  ])('a pod of %s runs with only the values of the notes', (_whose, pod, block) => {
    const { spec, metadata } = server.admit(byHand(pod(), undefined, block()), 'by-hand');
    expect(metadata.labels).toMatchObject({ 'mlflow-gateway.io/has-gateway': 'true' });
    expect(environment(spec.containers[0])).toMatchObject({
      UVICORN_UDS: '/run/mlflow/mlflow.sock',
      MLFLOW_SERVER_ALLOWED_HOSTS: 'localhost',
    });
    expect(spec.initContainers.at(-1).name).toBe('mlflow-gateway');
    expect(environment(spec.initContainers.at(-1))).toMatchObject({
      GW_LISTEN_PORT: '5000',
      GW_SIDECAR_CHECK_PORTS: '5000',
    });
  });

  test('the notes print the values of both charts, with the metrics port and the allowed ports', () => {
    const [own, theirs] = printed(
      values('none', {
        metrics: { enabled: true, from: [{ namespaceSelector: {} }] },
        networkPolicy: { sidecarPorts: [4180] },
        config: { ...REQUIRED.config, GW_SIDECAR_ALLOWED_PORTS: '9090' },
      }),
    ) as [KubeObject, KubeObject];
    expect(asOfficial(theirs)).toEqual(own);
    const [container] = own.extraInitContainers;
    expect(environment(container)).toMatchObject({
      GW_METRICS_PORT: '9464',
      GW_SIDECAR_ALLOWED_PORTS: '9090,4180',
    });
    expect(container.ports).toEqual([{ name: 'gateway-metrics', containerPort: 9464, protocol: 'TCP' }]);
  });

  const env = (name: string, value?: string) => ({
    name,
    ...(value === undefined ? { valueFrom: { configMapKeyRef: { name: 'a', key: 'b' } } } : { value }),
  });
  const withEnv = (...list: object[]) => mlflowPod({ container: { env: list } });
  const beside = (container: object): object => {
    const pod = mlflowPod() as { spec: { containers: object[] } };
    pod.spec.containers.push({ name: 'beside', image: 'example.com/other:1', ...container });
    return pod;
  };
  const container = (change: Record<string, unknown>) => mlflowPod({ container: change });

  /** Refused for an injected and for a hand-written gateway. */
  const REFUSED: [string, () => object, RegExp][] = [
    [
      'allowed hosts that cannot be read',
      () => served('--allowed-hosts=$(HOSTS)'),
      /allowed hosts cannot be read .*Write one list out, with localhost in it/,
    ],
    [
      'allowed hosts from elsewhere',
      () => withEnv(env('MLFLOW_SERVER_ALLOWED_HOSTS')),
      /allowed hosts cannot be read/,
    ],
    [
      'two lists of allowed hosts',
      () => served('--allowed-hosts=a.example', '--allowed-hosts', 'b.example'),
      /or are given several times/,
    ],
    [
      'allowed hosts of which none can be sent',
      () => served('--allowed-hosts=[!a]*'),
      /does not accept .*its allowed hosts are \[!a\]\*\. Add .*serverAllowedHosts of community-charts\/mlflow/,
    ],
    [
      'basic-auth',
      () => served('--app-name=basic-auth'),
      /requires its own credentials \(--app-name=basic-auth\): turn that off \(auth\.enabled, ldapAuth\.enabled, oidcAuth\.enabled of community-charts\/mlflow; server\.value_options\.app_name of MLflow's chart\)/,
    ],
    ['oidc-auth', () => served('--app-name', 'oidc-auth'), /own credentials \(--app-name oidc-auth\)/],
    [
      'basic-auth as the app of a web server',
      () => container({ command: ['uvicorn', '--factory', 'mlflow.server.auth:create_app'] }),
      /own credentials \(mlflow\.server\.auth:create_app\)/,
    ],
    [
      'settings of an auth app, and a command of the image',
      () =>
        container({ command: undefined, args: ['start'], env: [env('MLFLOW_AUTH_CONFIG_PATH', '/a.ini')] }),
      /own credentials \(MLFLOW_AUTH_CONFIG_PATH\)/,
    ],
    [
      'a declared port that is not allowed',
      () => container({ ports: [{ name: 'http', containerPort: 5000 }, { containerPort: 9999 }] }),
      /The container mlflow declares 9999: .*allowed-ports, or for all pods by networkPolicy\.sidecarPorts or config\.GW_SIDECAR_ALLOWED_PORTS/,
    ],
    [
      'a declared port of another container',
      () => beside({ ports: [{ containerPort: 4180 }, { containerPort: 53, protocol: 'UDP' }] }),
      /The container beside declares 4180:/,
    ],
    [
      'allowed ports that are none',
      () => mlflowPod({ annotations: { 'mlflow-gateway.io/allowed-ports': '9090;1' } }),
      /allowed-ports must be port numbers with commas between/,
    ],
    [
      'an annotation that there is not',
      () => mlflowPod({ annotations: { 'mlflow-gateway.io/allowed-port': '9090' } }),
      /There is no annotation mlflow-gateway\.io\/allowed-port:/,
    ],
    [
      'TLS of MLflow’s own chart',
      () => served('--uvicorn-opts=--ssl-keyfile=/k --ssl-certfile=/c --proxy-headers'),
      /use TLS itself .*tls\.enabled of MLflow's chart/,
    ],
    ['TLS by a variable', () => withEnv(env('UVICORN_SSL_KEYFILE', '/k')), /use TLS itself/],
    [
      'options for gunicorn of community-charts/mlflow',
      () => served("--gunicorn-opts='--log-level=info --timeout 5'"),
      /has --gunicorn-opts.*extraArgs\.gunicornOpts .*upstream=loopback .*together with --host=127\.0\.0\.1 \(serverHost/,
    ],
    ['waitress', () => served('--waitress-opts', '--threads=4'), /has --waitress-opts/],
    [
      'gunicorn called itself',
      () => container({ command: ['gunicorn', '-b', '0.0.0.0:5000', 'mlflow.server:app'] }),
      /has gunicorn, with which its server is not uvicorn/,
    ],
    [
      'options for gunicorn in a variable',
      () => withEnv(env('MLFLOW_GUNICORN_OPTS', '-w 4')),
      /has MLFLOW_GUNICORN_OPTS/,
    ],
    ['another socket', () => served('--uvicorn-opts', '--uds /tmp/x'), /has --uds, --fd or UVICORN_FD/],
    ['another socket by a variable', () => withEnv(env('MLFLOW_UVICORN_OPTS', '--fd=3')), /has --uds, --fd/],
    [
      'options for uvicorn from elsewhere',
      () => withEnv(env('MLFLOW_UVICORN_OPTS')),
      /is read from elsewhere/,
    ],
    [
      'a command line that takes the socket away',
      () => container({ command: ['env', '-u', 'UVICORN_UDS', 'mlflow', 'server'] }),
      /sets or removes UVICORN_UDS/,
    ],
    [
      'a shell that sets hosts',
      () => container({ command: ['sh', '-c', 'export MLFLOW_SERVER_ALLOWED_HOSTS=a; exec mlflow server'] }),
      /sets or removes MLFLOW_SERVER_ALLOWED_HOSTS/,
    ],
    [
      'options in a variable',
      () => container({ command: ['sh', '-c', 'exec mlflow server --port=5000 $ARGS'] }),
      /has \$ARGS where an option may stand/,
    ],
    [
      'a path and probes that are not below it',
      () => container({ command: ['mlflow', 'server', '--static-prefix=/ml'] }),
      /requests \/health, which the gateway does not answer without a token\. Use \/ml\/health, or injection\.method=webhook|is not configured for it/,
    ],
    [
      'two paths',
      () => served('--static-prefix=/a', '--static-prefix=/b'),
      /--static-prefix .* is given several times/,
    ],
    [
      'a path that is not written out',
      () => served('--static-prefix=$(PREFIX)'),
      /--static-prefix .* cannot be read/,
    ],
    [
      'a probe over HTTPS',
      () => container({ readinessProbe: { httpGet: { path: '/health', port: 'http', scheme: 'HTTPS' } } }),
      /A probe of the container mlflow uses HTTPS/,
    ],
    [
      'a probe of a page',
      () => container({ livenessProbe: { httpGet: { path: '/', port: 5000 } } }),
      /requests \/, which the gateway does not answer without a token\. Use \/health\./,
    ],
    [
      'metrics of MLflow’s',
      () => served('--expose-prometheus=/tmp/metrics'),
      /exposes its own metrics .*metrics\.enabled of MLflow's chart.*metrics\.mlflow\.enabled of its chart/,
    ],
    [
      'metrics by a variable',
      () => withEnv(env('MLFLOW_EXPOSE_PROMETHEUS', '/m')),
      /exposes its own metrics/,
    ],
    [
      'a second server',
      () => beside({ command: ['mlflow', 'server', '--port', '5001'] }),
      /A second MLflow would be on the network: the container beside/,
    ],
    [
      'MLflow’s image without a command',
      () => beside({ image: 'example.com/mlflow:3.17.2' }),
      /A second MLflow would be on the network: the container beside/,
    ],
    [
      'oauth2-proxy of community-charts/mlflow with its defaults',
      () =>
        beside({
          name: 'oauth2-proxy',
          image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.4',
          args: ['--http-address=0.0.0.0:4180', '--upstream=http://127.0.0.1:5000'],
          ports: [{ containerPort: 4180 }],
        }),
      /oauth2-proxy declares 4180.*Add --pass-authorization-header=true \(oauth2Proxy\.extraArgs of community-charts\/mlflow\)/,
    ],
    [
      'an MLflow before 3.5',
      () => container({ image: 'ghcr.io/mlflow/mlflow:v3.4.0-full' }),
      /MLflow 3\.4\.0-full \(the image's tag\) does not listen on a socket/,
    ],
    [
      'an MLflow of 2.x',
      () => container({ image: 'burakince/mlflow:2.22.5' }),
      /MLflow 2\.22\.5 .*Use 3\.5 or newer/,
    ],
    [
      'a path of an MLflow before 3.16',
      () => {
        const pod = served('--static-prefix=/ml') as unknown as KubeObject;
        pod.spec.containers[0].image = 'ghcr.io/mlflow/mlflow:v3.10.1';
        return pod;
      },
      /MLflow 3\.10\.1 .*which the gateway supports from MLflow 3\.16 on/,
    ],
    ['artifacts only', () => served('--artifacts-only'), /serves artifacts only/],
    ['another root', () => served('--uvicorn-opts', '--root-path=/x'), /Use --static-prefix instead/],
    [
      'options for two servers, together with other problems',
      () =>
        served('--gunicorn-opts=-w 4', "--uvicorn-opts='--log-level=info'", '--allowed-hosts=a,localhost'),
      /with which its server is not uvicorn.*starts with one of them only. Keep one .*log\.enabled=false.*does not start with --allowed-hosts and options for gunicorn/,
    ],
    [
      'no variables',
      () => container({ command: ['env', '-i', 'mlflow', 'server'] }),
      /removes all variables/,
    ],
    [
      'a container that names the socket',
      () => beside({ args: ['--upstream=unix:///run/mlflow/mlflow.sock'] }),
      /The container beside names MLflow's socket/,
    ],
    [
      'a container that declares the gateway’s port',
      () => beside({ ports: [{ containerPort: 5000 }] }),
      /The container beside declares port 5000, at which the gateway listens/,
    ],
    [
      'a Job that may serve',
      () => jobPod('python', 'serve.py'),
      /restartPolicy other than Always, as those of Jobs/,
    ],
    ['the network of the node', () => mlflowPod({ spec: { hostNetwork: true } }), /cannot have hostNetwork/],
    [
      'Windows',
      () => mlflowPod({ spec: { nodeSelector: { 'kubernetes.io/os': 'windows' } } }),
      /the gateway is a Linux container/,
    ],
  ];

  describe.each(['by-policy', 'by-hand'])('in the namespace %s', (namespace) => {
    const admit = (pod: object) => server.admit(namespace === 'by-hand' ? byHand(pod) : pod, namespace);

    test.each(REFUSED)('refused: %s', (_what, pod, why) => {
      expect(() => admit(pod())).toThrow(why);
    });

    test('lists every problem in one message', () => {
      const pod = served('--app-name=basic-auth', '--gunicorn-opts=-w 4', '--expose-prometheus=/x');
      const all = /for 3 reasons\. 1\. .*--gunicorn-opts.* 2\. .*own credentials.* 3\. .*own metrics/;
      expect(() => admit(pod)).toThrow(all);
    });

    test('shortens a message that exceeds the API server’s limit, and keeps its beginning', () => {
      const names = Array.from({ length: 40 }, (_, i) => `${'x'.repeat(50)}-${i}`);
      const pod = served('--app-name=basic-auth') as { spec: { containers: object[] } };
      for (const name of names)
        pod.spec.containers.push({
          name,
          image: 'a:1',
          command: ['mlflow', 'server'],
          ports: [{ containerPort: 1 }],
        });
      expect(() => admit(pod)).toThrow(/own credentials[\s\S]* \.\.\.\s*$/);
    });

    test('checks a command line of 60 kB within the API server’s cost limit', () => {
      const script = `${'echo "preparing the database"; '.repeat(2000)} exec mlflow server --port 5000`;
      expect(admit(container({ command: ['sh', '-c', script] })).spec.initContainers).toHaveLength(1);
    });

    test.each<[string, () => object]>([
      ['the usual options', () => served('--workers=4', '--enable-workspaces', '--serve-artifacts')],
      ['options for uvicorn', () => served("--uvicorn-opts='--log-level=info'")],
      ['a custom app', () => served('--app-name=company')],
      ['allowed hosts with localhost', () => served('--allowed-hosts=mlflow.example.com,localhost')],
      ['no check of hosts', () => served('--disable-security-middleware', '--allowed-hosts=x')],
      ['an image of its own numbers', () => container({ image: 'example.com/ml-platform:2.1' })],
      ['an image by digest', () => container({ image: `example.com/mlflow@sha256:${'0'.repeat(64)}` })],
      [
        'a shell before MLflow',
        () =>
          container({
            command: ['sh', '-c'],
            args: [
              'mkdir -p /data && mlflow db upgrade "$URI"; exec mlflow server --host 0.0.0.0 --port 5000',
            ],
          }),
      ],
      [
        'oauth2-proxy that passes on tokens',
        () =>
          beside({
            name: 'oauth2-proxy',
            image: 'quay.io/oauth2-proxy/oauth2-proxy:v7.15.4',
            args: ['--upstream=http://127.0.0.1:5000', '--pass-authorization-header=true'],
          }),
      ],
      ['init containers of MLflow’s', communityPod],
    ])('accepted: %s', (_what, pod) => {
      const { initContainers } = admit(pod()).spec;
      expect(initContainers.at(-1).name).toBe('mlflow-gateway');
    });
  });

  test('an annotation allows ports, except MLflow’s; a hand-written gateway needs its variable', () => {
    const pod = (ports: string) =>
      mlflowPod({
        annotations: { 'mlflow-gateway.io/allowed-ports': ports },
        container: { ports: [{ name: 'http', containerPort: 5000 }, { containerPort: 9090 }] },
      });
    expect(server.admit(pod('9090, 15020'), 'by-policy').spec.initContainers).toHaveLength(1);
    expect(() => server.admit(pod('9090,5000'), 'by-policy')).toThrow(/Port 5000 is allowed to others/);
    expect(() => server.admit(byHand(pod('9090')), 'by-hand')).toThrow(
      /names ports that the gateway of the pod does not allow.*GW_SIDECAR_ALLOWED_PORTS\. 2\. The container mlflow declares 9090/,
    );
    const told: Change = ({ spec }) =>
      spec.initContainers[0].env.push({ name: 'GW_SIDECAR_ALLOWED_PORTS', value: '9090' });
    expect(server.admit(byHand(pod('9090'), told), 'by-hand').spec.initContainers).toHaveLength(1);
  });

  test('refuses annotations that a hand-written gateway does not follow', () => {
    for (const [annotation, why] of [
      [{ 'mlflow-gateway.io/port': '7000' }, /io\/port is 7000, and the gateway of the pod listens at 5000/],
      [
        { 'mlflow-gateway.io/container': 'other' },
        /names other, and the container with the socket is mlflow/,
      ],
    ] as const)
      expect(() => server.admit(byHand(mlflowPod({ annotations: annotation })), 'by-hand')).toThrow(why);
  });

  test('a pod that ends and runs no server needs no gateway, also with method none', () => {
    const job = jobPod('mlflow', 'db', 'upgrade', '--uri', '$(URI)');
    expect(server.admit(job, 'by-hand').spec).not.toHaveProperty('initContainers');
    expect(() => server.admit(jobPod('mlflow', 'server'), 'by-hand')).toThrow(
      /must run the gateway.*helm get notes by-hand -n by-hand prints the values to add/,
    );
  });

  describe('by hand', () => {
    test.each<[string, () => object, Change, RegExp]>([
      [
        'hosts that may come from a ConfigMap',
        communityPod,
        ({ spec }) => {
          const [mlflow] = spec.containers;
          mlflow.env = mlflow.env.filter(({ name }: { name: string }) => !/ALLOWED_HOSTS/.test(name));
        },
        /has envFrom, which may set MLFLOW_SERVER_ALLOWED_HOSTS .*Write MLFLOW_SERVER_ALLOWED_HOSTS=localhost into its env/,
      ],
      [
        'hosts that the gateway does not send',
        () => served('--allowed-hosts=mlflow.example.com'),
        () => {},
        /does not accept localhost, the Host that the gateway sends: its allowed hosts are mlflow\.example\.com/,
      ],
      [
        'a host of the gateway that MLflow does not know',
        mlflowPod,
        ({ spec }) => {
          spec.initContainers.at(-1).env.push({ name: 'GW_UPSTREAM_HOST', value: 'b.example' });
        },
        /does not accept b\.example/,
      ],
      [
        'a path that the gateway does not know',
        () => served('--static-prefix=/ml'),
        () => {},
        /has --static-prefix \/ml, but the gateway is not configured for it\. Set config\.GW_UPSTREAM_PATH_PREFIX/,
      ],
      [
        'a gateway at a port that the network does not open',
        mlflowPod,
        ({ spec }) => {
          spec.initContainers.at(-1).env.push({ name: 'GW_LISTEN_PORT', value: '8080' });
        },
        /would listen at port 8080, which the NetworkPolicy of the release does not open: callers reach 5000 only\. Set injection\.port=8080/,
      ],
      [
        'a container with the socket’s volume',
        () => beside({ volumeMounts: [{ name: 'mlflow-gateway-socket', mountPath: '/s' }] }),
        () => {},
        /The container beside mounts the volume of MLflow's socket/,
      ],
    ])('refused: %s', (_what, pod, change, why) => {
      expect(() => server.admit(byHand(pod(), change), 'by-hand')).toThrow(why);
    });

    test.each<[string, () => object, Change]>([
      [
        'a host on which both agree',
        () => served('--allowed-hosts=*.example'),
        ({ spec }) => spec.initContainers.at(-1).env.push({ name: 'GW_UPSTREAM_HOST', value: 'a.example' }),
      ],
      [
        'MLflow’s metrics through the gateway',
        () => served('--expose-prometheus=/x'),
        ({ spec }) => spec.initContainers.at(-1).env.push({ name: 'GW_METRICS_MLFLOW', value: 'true' }),
      ],
    ])('accepted: %s', (_what, pod, change) => {
      expect(server.admit(byHand(pod(), change), 'by-hand').spec.initContainers).toHaveLength(1);
    });
  });

  describe('by hand, with MLflow on loopback', () => {
    const onLoopback = (change: Change = () => {}, args: string[] = []) =>
      byHand(
        mlflowPod({
          annotations: { 'mlflow-gateway.io/upstream': 'loopback' },
          container: { image: 'mlflow:2.22.5', command: ['mlflow', 'server', '--host=127.0.0.1', ...args] },
        }),
        (pod) => {
          const url = { name: 'GW_TARGET_BASE_URL', value: 'http://127.0.0.1:5000' };
          pod.spec.initContainers.at(-1).env.push(url);
          pod.spec.containers[0].env = [];
          change(pod);
        },
      );

    test('an old MLflow on gunicorn runs', () => {
      const pod = onLoopback(undefined, ['--gunicorn-opts', '-b 127.0.0.1:5001 --timeout 9']);
      expect(server.admit(pod, 'by-hand').spec.containers).toHaveLength(1);
    });

    test.each<[string, Change, string[], RegExp]>([
      [
        'options that bind',
        () => {},
        ['--gunicorn-opts', '--timeout 9 -b 0.0.0.0:80'],
        /bind another address as well \(-b 0\.0\.0\.0:80/,
      ],
      [
        'options from elsewhere',
        ({ spec }) => spec.containers[0].env.push(env('GUNICORN_CMD_ARGS')),
        [],
        /bind another address as well/,
      ],
      [
        'an auth proxy',
        ({ spec }) => spec.containers.push({ name: 'oauth2-proxy', image: 'a:1' }),
        [],
        /The container oauth2-proxy would reach MLflow on loopback, without the gateway/,
      ],
      [
        'anything with its address',
        ({ spec }) =>
          spec.containers.push({
            name: 'nginx',
            image: 'a:1',
            env: [{ name: 'UP', value: 'localhost:5000' }],
          }),
        [],
        /The container nginx would reach MLflow on loopback/,
      ],
    ])('refused: %s', (_what, change, args, why) => {
      expect(() => server.admit(onLoopback(change, args), 'by-hand')).toThrow(why);
    });
  });
});
