import { describe, expect, test } from 'vitest';
import { fastest } from '../../http/testing.ts';
import { envOf, inject, problems, refusal, with1 } from '../testing/injected.ts';
import { type ContainerJson, communityChart, gunicornOnLoopback, officialChart } from '../testing/pods.ts';

describe('leaves options unchanged that affect neither MLflow’s address nor its responses', () => {
  test.each<[string, string[]]>([
    ['a proxy’s headers', ['--uvicorn-opts=--proxy-headers --forwarded-allow-ips=*']],
    ['an address for uvicorn', ['--uvicorn-opts', '--host 0.0.0.0 --port 8080']],
    ['workers', ['--workers=8', '--uvicorn-opts=--timeout-keep-alive 75 --limit-max-requests 1000']],
    ['development', ['--dev']],
    ['no checks of hosts and origins', ['--disable-security-middleware']],
    ['artifacts', ['--serve-artifacts', '--artifacts-destination=s3://a/b']],
    ['no artifacts', ['--no-serve-artifacts', '--default-artifact-root=s3://a']],
    ['artifacts by signed URLs', ['--artifacts-presigned-only', '--artifacts-destination=s3://a/b']],
    ['workspaces', ['--enable-workspaces']],
    ['origins', ['--cors-allowed-origins=https://mlflow.example.com', '--x-frame-options=DENY']],
    ['a database from a variable', ['--backend-store-uri', '$(DATABASE)', '--registry-store-uri=$OTHER']],
  ])('%s', (_, args) => {
    const { mlflow, gateway, warnings } = inject(with1(officialChart(), { args }));
    expect(mlflow.args).toEqual(args);
    expect(envOf(mlflow).UVICORN_UDS).toBe('/run/mlflow/mlflow.sock');
    expect(envOf(gateway).GW_TARGET_BASE_URL).toBe('unix:/run/mlflow/mlflow.sock');
    expect(warnings).toEqual([]);
  });
});

describe('understands commands that start MLflow’s server', () => {
  test.each<[string, Partial<ContainerJson>]>([
    ['a shell', { command: ['sh', '-c', 'mlflow server --host=0.0.0.0 --port=5000'] }],
    ['bash with exec', { command: ['/bin/bash', '-ec'], args: ['exec mlflow server -h 0.0.0.0 -p 5000'] }],
    ['a module', { command: ['python3', '-m', 'mlflow', 'server', '--port', '5000'] }],
    ['arguments for an entrypoint', { command: [], args: ['server', '--port=5000'] }],
    ['an image that runs by itself', { command: [] }],
    ['a script of the image', { command: ['/entrypoint.sh'] }],
    ['an init program', { command: ['tini', '--', 'mlflow', 'server', '--port=5000'] }],
    [
      'a port behind its letter',
      { command: ['sh', '-c', 'mlflow server -p$PORT'], env: [{ name: 'PORT', value: '5000' }] },
    ],
    ['an env file', { command: ['mlflow', '--env-file=/etc/mlflow.env', 'server', '--port=5000'] }],
    ['uvicorn itself', { command: ['uvicorn', 'mlflow.server.fastapi_app:app', '--port=5000'] }],
    [
      'a shell with variables of the container',
      {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a shell's.
        command: ['bash', '-c', 'mlflow server --host "$HOST" --port ${PORT} $MORE'],
        env: [
          { name: 'HOST', value: '0.0.0.0' },
          { name: 'PORT', value: '5000' },
          { name: 'MORE', value: '--workers 2' },
        ],
      },
    ],
  ])('%s', (_, change) => {
    const { mlflow, gateway } = inject(with1(officialChart(), change));
    expect(envOf(mlflow)).toMatchObject({ UVICORN_UDS: '/run/mlflow/mlflow.sock', MLFLOW_GUNICORN_OPTS: '' });
    expect(envOf(gateway)).toMatchObject({ GW_LISTEN_PORT: '5000', GW_SIDECAR_CHECK_PORTS: '5000' });
  });
});

describe('refuses commands with an unknown effect', () => {
  test.each<[string, Partial<ContainerJson>, string]>([
    [
      'options from a variable',
      { command: ['sh', '-c', 'exec mlflow server --port 5000 $MLFLOW_ARGS'] },
      "MLflow's command line has $MLFLOW_ARGS where an option may stand, which cannot be read here. Write the options out, or the variable as a value in env.",
    ],
    [
      'an option from a variable',
      { command: ['mlflow', 'server', '$(EXTRA)'] },
      "MLflow's command line has $(EXTRA) where an option may stand",
    ],
    [
      'an option from a variable, after an option without a value',
      { command: ['mlflow', 'server', '--artifacts-presigned-only', '$(EXTRA)'] },
      "MLflow's command line has $(EXTRA) where an option may stand",
    ],
    [
      'arguments of a script',
      { command: ['sh', '-c', 'mlflow server --serve-artifacts "$@"', 'x'] },
      "MLflow's command line has $@ where an option may stand",
    ],
    [
      'options hidden in a variable that is read',
      {
        command: ['sh', '-c', 'mlflow server $MORE'],
        env: [{ name: 'MORE', value: '--uvicorn-opts="--fd 3"' }],
      },
      'MLflow is given --uds or --fd',
    ],
    [
      'options from a command',
      { command: ['sh', '-c', 'mlflow server $(cat /options)'] },
      "MLflow's command line has $(cat where an option may stand",
    ],
    [
      'options from a command in backticks',
      { command: ['sh', '-c', 'mlflow server `cat /options`'] },
      "MLflow's command line has `cat where an option may stand",
    ],
    [
      'half an option',
      { command: ['sh', '-c', 'mlflow server --$KIND-opts="-b 0.0.0.0:80"'] },
      "MLflow's command line has --$KIND-opts=-b where an option may stand",
    ],
    [
      'an option in pieces',
      { command: ['sh', '-c', `mlflow server --gun''icorn\\-opts "-b 0.0.0.0:80"`] },
      'MLflow is given --gunicorn-opts (which binds 0.0.0.0:80)',
    ],
    [
      'no variables',
      { command: ['env', '-i', 'mlflow', 'server'] },
      "MLflow's command line removes all variables (env -i)",
    ],
    [
      'hosts in the command line',
      { command: ['sh', '-c', 'export MLFLOW_SERVER_ALLOWED_HOSTS=a.example; mlflow server'] },
      "MLflow's command line sets or removes MLFLOW_SERVER_ALLOWED_HOSTS",
    ],
    [
      'a prefix in the command line',
      { command: ['env', 'MLFLOW_STATIC_PREFIX=/x', 'mlflow', 'server'] },
      "MLflow's command line sets or removes MLFLOW_STATIC_PREFIX",
    ],
  ])('%s', (_, change, why) => {
    expect(refusal(with1(officialChart(), change))).toContain(why);
  });
});

describe('refuses options with which MLflow would not answer', () => {
  test.each<[string, Partial<ContainerJson>, string]>([
    [
      'artifacts only',
      { args: ['--artifacts-only'] },
      "MLflow serves artifacts only (--artifacts-only, MLFLOW_ARTIFACTS_ONLY), so that every other call would fail, and no tenant could be found. Remove it (community-charts/mlflow: extraFlags: [artifactsOnly]; MLflow's chart: server.flag_options: [artifacts_only]).",
    ],
    [
      'artifacts only by variable',
      { env: [{ name: 'MLFLOW_ARTIFACTS_ONLY', value: 'true' }] },
      'MLflow serves artifacts only',
    ],
    [
      'a root path',
      { args: ['--uvicorn-opts=--root-path /x'] },
      "MLflow's server is given --root-path, which moves its paths from where MLflow's own checks expect them. Use --static-prefix instead (community-charts/mlflow: extraArgs.staticPrefix; MLflow's chart: server.staticPrefix).",
    ],
    [
      'a root path by variable',
      { env: [{ name: 'UVICORN_ROOT_PATH', value: '/x' }] },
      "MLflow's server is given --root-path",
    ],
    [
      'another command of MLflow’s',
      { command: ['mlflow', 'models', 'serve'] },
      'mlflow runs "mlflow models", which is not MLflow\'s server. Remove the label from this pod',
    ],
    [
      'development and options for uvicorn, as community-charts/mlflow always gives them',
      { args: ['--dev', "--uvicorn-opts='--log-level=info'"] },
      "MLflow does not start with --dev and --uvicorn-opts together. Remove --dev (community-charts/mlflow: extraFlags: [dev]; MLflow's chart: server.flag_options: [dev]).",
    ],
    ['TLS versions', { args: ['--uvicorn-opts=--ssl-version 2'] }, 'MLflow is configured to use TLS itself'],
  ])('%s', (_, change, why) => {
    expect(refusal(with1(officialChart(), change))).toContain(why);
  });

  test('options for two servers, from waitressOpts of community-charts/mlflow', () => {
    const pod = communityChart();
    pod.spec.containers[0]!.args!.push('--waitress-opts=--threads=4');
    expect(problems(pod)).toEqual([
      expect.stringContaining('MLflow is given --waitress-opts, so its server is not uvicorn'),
      "MLflow is given --waitress-opts and --uvicorn-opts, and starts with one of them only. Keep one (community-charts/mlflow: extraArgs, and log.enabled: false, which else gives --uvicorn-opts; MLflow's chart: server.value_options).",
    ]);
  });

  test('allowed hosts on the command line of gunicorn', () => {
    const pod = gunicornOnLoopback();
    pod.spec.containers[1]!.args!.push('--allowed-hosts=localhost,127.0.0.1:5001');
    expect(refusal(pod)).toBe(
      "MLflow does not start with --allowed-hosts and --gunicorn-opts together. Remove the first (community-charts/mlflow: ingress.hosts and serverAllowedHosts; MLflow's chart: server.value_options.allowed_hosts), or give it as a variable (MLFLOW_SERVER_ALLOWED_HOSTS, MLFLOW_SERVER_CORS_ALLOWED_ORIGINS).",
    );
  });
});

describe('a web server that is run directly', () => {
  test.each<[string, string[], string]>([
    ['gunicorn', ['gunicorn', '-b', '127.0.0.1:5001', 'mlflow.server:app'], 'http://127.0.0.1:5001'],
    [
      'hypercorn at another port than the one for callers',
      ['hypercorn', '--bind=127.0.0.1:8000', 'mlflow.server.fastapi_app:app'],
      'http://127.0.0.1:8000',
    ],
    [
      'uvicorn',
      ['uvicorn', 'mlflow.server.fastapi_app:app', '--host', '127.0.0.1', '--port', '8000'],
      'http://127.0.0.1:8000',
    ],
  ])('%s is checked by its bind addresses', (_, args, address) => {
    const pod = gunicornOnLoopback();
    pod.metadata.annotations!['mlflow-gateway.io/port'] = '5001';
    Object.assign(pod.spec.containers[1]!, { args });
    expect(envOf(inject(pod, {}, 'tracking').gateway).GW_TARGET_BASE_URL).toBe(address);
  });

  test.each([
    ['hypercorn', ['hypercorn', 'mlflow.server.fastapi_app:app']],
    ['daphne', ['daphne', 'mlflow.server.fastapi_app:app']],
  ])('%s cannot use the socket, and must name its address', (name, args) => {
    expect(refusal(with1(officialChart(), { command: args }))).toContain(
      `MLflow is run by ${name}, which cannot be moved to a socket by UVICORN_UDS. Run "mlflow server", or set the annotation mlflow-gateway.io/upstream: loopback (podAnnotations of both charts) and let ${name} listen on 127.0.0.1.`,
    );
    const pod = gunicornOnLoopback();
    Object.assign(pod.spec.containers[1]!, { args });
    expect(refusal(pod)).toContain(`${name} has no address to listen on`);
  });
});

test('reads a command line of many variables quickly', () => {
  const env = Array.from({ length: 20_000 }, (_, i) => ({ name: `A${i}`, value: 'x' }));
  const pod = with1(officialChart(), {
    command: ['sh', '-c', `mlflow server ${'$A1 '.repeat(20_000)}`],
    env,
  });
  expect(fastest(() => void inject(pod))).toBeLessThan(2_000);
});

test('refuses quoted options of a web server, with which it does not start', () => {
  const said = refusal(
    with1(officialChart(), { args: ["--uvicorn-opts='--log-level=info --timeout-keep-alive=30'"] }),
  );
  expect(said).toContain('log.enabled');
  const fine = ["--uvicorn-opts='--log-level=info'", "--uvicorn-opts=--log-level=info --header 'A: b'"];
  for (const option of fine)
    expect(envOf(inject(with1(officialChart(), { args: [option] })).mlflow).UVICORN_UDS).toBe(
      '/run/mlflow/mlflow.sock',
    );
});
