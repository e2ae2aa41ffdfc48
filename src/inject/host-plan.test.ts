import { describe, expect, test } from 'vitest';
import { envOf, inject, refusal, with1 } from './testing/injected.ts';
import {
  type ContainerJson,
  communityChart,
  gunicornOnLoopback,
  officialChart,
  type PodJson,
} from './testing/pods.ts';

const VARIABLE = 'MLFLOW_SERVER_ALLOWED_HOSTS';
const settings = (value: string) => ({ gateway: { env: [{ name: 'GW_UPSTREAM_HOST', value }] } });
const option = (...args: string[]): PodJson => with1(officialChart(), { args });
const variable = (value: string): PodJson => with1(officialChart(), { env: [{ name: VARIABLE, value }] });
const hostOf = (pod: PodJson, json: object = {}) => envOf(inject(pod, json).gateway).GW_UPSTREAM_HOST;

describe('if the pod sets no hosts, MLflow gets a list with the gateway’s hosts', () => {
  test('which wins over the ConfigMap of an Ingress', () => {
    const { mlflow, gateway } = inject(communityChart());
    expect(mlflow.env).toContainEqual({ name: VARIABLE, value: 'localhost' });
    expect(envOf(gateway)).not.toHaveProperty('GW_UPSTREAM_HOST');
  });

  test('on loopback, with the port', () => {
    expect(envOf(inject(gunicornOnLoopback(), {}, 'tracking').mlflow)[VARIABLE]).toBe(
      '127.0.0.1:5001,127.0.0.1,localhost,localhost:5001',
    );
  });

  test('with the host of the settings', () => {
    const { mlflow, gateway } = inject(officialChart(), settings('mlflow.example.com'));
    expect(envOf(mlflow)[VARIABLE]).toBe('mlflow.example.com,localhost');
    expect(envOf(gateway).GW_UPSTREAM_HOST).toBe('mlflow.example.com');
  });
});

describe('an existing list stays unchanged, and the gateway sends one of its hosts', () => {
  test.each<[string, PodJson, string | undefined]>([
    ['as an option', option('--allowed-hosts=mlflow.example.com'), 'mlflow.example.com'],
    ['as an option and a value', option('--allowed-hosts', 'mlflow.example.com,b'), 'mlflow.example.com'],
    ['with blanks', option('--allowed-hosts= a.example , b.example'), 'a.example'],
    ['with localhost', option('--allowed-hosts=mlflow.example.com,localhost'), undefined],
    ['as a variable', variable('mlflow.example.com'), 'mlflow.example.com'],
    ['as a variable with a pattern', variable('*.corp.example'), 'mlflow-gateway.corp.example'],
    ['of everything', variable('*'), undefined],
    ['that is empty', variable(''), undefined],
    [
      'as both: the option wins',
      with1(variable('a.example'), { args: ['--allowed-hosts=b.example'] }),
      'b.example',
    ],
    ['as both, the option empty', with1(variable('a.example'), { args: ['--allowed-hosts='] }), 'a.example'],
    [
      'in a shell',
      with1(officialChart(), {
        command: ['sh', '-c', "exec mlflow server --allowed-hosts 'a.example, b.example'"],
      }),
      'a.example',
    ],
    [
      'by a variable of the container',
      with1(officialChart(), {
        args: ['--allowed-hosts=$(PUBLIC)'],
        env: [{ name: 'PUBLIC', value: 'mlflow.example.com' }],
      }),
      'mlflow.example.com',
    ],
  ])('%s', (_, pod, host) => {
    const before = pod.spec.containers[0]!.env?.find(({ name }) => name === VARIABLE);
    const { mlflow } = inject(pod);
    expect(mlflow.env!.find(({ name }) => name === VARIABLE)).toEqual(before);
    expect(hostOf(pod)).toBe(host);
  });

  test('except if MLflow ignores it', () => {
    expect(hostOf(option('--allowed-hosts=a.example', '--disable-security-middleware'))).toBeUndefined();
    const env = [
      { name: VARIABLE, value: 'a.example' },
      { name: 'MLFLOW_SERVER_DISABLE_SECURITY_MIDDLEWARE', value: 'true' },
    ];
    expect(hostOf(with1(officialChart(), { env }))).toBeUndefined();
  });

  test('sends the host of the settings if the list has it', () => {
    expect(hostOf(variable('a.example,b.example'), settings('b.example'))).toBe('b.example');
    expect(hostOf(variable(''), settings('localhost:1'))).toBe('localhost:1');
  });

  test('on loopback, prefers the address with its port', () => {
    const pod = (value: string): PodJson => {
      const made = gunicornOnLoopback();
      made.spec.containers[1]!.env = [{ name: VARIABLE, value }];
      return made;
    };
    const host = (value: string) => envOf(inject(pod(value), {}, 'tracking').gateway).GW_UPSTREAM_HOST;
    expect(host('127.0.0.1:*')).toBeUndefined();
    expect(host('localhost')).toBe('localhost');
    expect(host('a.example')).toBe('a.example');
  });
});

describe('refuses a list without a host that the gateway can send', () => {
  const from = (valueFrom: object): Partial<ContainerJson> => ({ env: [{ name: VARIABLE, valueFrom }] });
  test.each<[string, PodJson]>([
    ['from elsewhere', with1(officialChart(), from({ configMapKeyRef: { name: 'a', key: 'b' } }))],
    ['by substitution', variable('$(HOST)')],
    ['by substitution in an option', option('--allowed-hosts=$(HOST)')],
    [
      'by a shell',
      with1(officialChart(), { command: ['sh', '-c', 'mlflow server --allowed-hosts="$HOSTS"'] }),
    ],
    ['given twice', option('--allowed-hosts=a.example', '--allowed-hosts=b.example')],
  ])('%s', (_, pod) => {
    expect(refusal(pod)).toBe(
      "MLflow's allowed hosts cannot be read here, so the webhook cannot choose the Host for the gateway to send. Write one list out, in one place (community-charts/mlflow: ingress.hosts and serverAllowedHosts; MLflow's chart: server.value_options.allowed_hosts), or remove it.",
    );
  });

  test('without any host', () => {
    expect(refusal(variable('https://mlflow.example.com'))).toBe(
      "MLflow accepts requests for https://mlflow.example.com only (MLFLOW_SERVER_ALLOWED_HOSTS), which has no host that the gateway can send. Add localhost to it (community-charts/mlflow: extraEnvVars; MLflow's chart: env).",
    );
  });

  test.each(['a.example', ''])('without the host of the settings: %j', (list) => {
    expect(refusal(variable(list), settings('b.example'))).toContain(
      "but the gateway is configured to send b.example (GW_UPSTREAM_HOST of the webhook's settings; config.GW_UPSTREAM_HOST of the chart). Add b.example to the list",
    );
  });
});
