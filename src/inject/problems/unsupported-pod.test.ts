import { describe, expect, test } from 'vitest';
import { inject, refusal, with1 } from '../testing/injected.ts';
import { officialChart } from '../testing/pods.ts';

describe('refuses pods that the gateway could not protect, or that would not work', () => {
  test.each<[string, object, string]>([
    ['the network of the node', { hostNetwork: true }, 'hostNetwork: true'],
    ['Windows', { os: { name: 'windows' } }, 'Windows'],
    ['Windows nodes', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, 'Windows'],
    [
      'a volume of our name',
      { volumes: [{ name: 'mlflow-gateway-socket', hostPath: { path: '/' } }] },
      'has a volume called',
    ],
  ])('%s', (_, spec, why) => {
    const pod = officialChart();
    Object.assign(pod.spec, spec);
    expect(refusal(pod)).toContain(why);
  });

  test('accepts Linux nodes', () => {
    const pod = officialChart();
    Object.assign(pod.spec, { os: { name: 'linux' }, nodeSelector: { 'kubernetes.io/os': 'linux' } });
    expect(inject(pod).gateway).toBeDefined();
  });

  test.each<[string, object, string]>([
    ['asks over TLS', { httpGet: { path: '/health', port: 'http', scheme: 'HTTPS' } }, 'uses HTTPS'],
    ['asks for a page', { httpGet: { path: '/', port: 5000 } }, 'requests /, which'],
    ['asks for the page that is the default', { httpGet: { port: 'http' } }, 'requests /, which'],
  ])('a probe that %s', (_, probe, why) => {
    for (const kind of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      expect(refusal(with1(officialChart(), { [kind]: probe }))).toContain(`The ${kind} of mlflow ${why}`);
    }
  });

  test('accepts a probe of another port, or of a public path of the gateway', () => {
    const pod = with1(officialChart(), {
      startupProbe: { httpGet: { path: '/x', port: 9100, scheme: 'HTTPS' } },
      livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
      readinessProbe: { exec: { command: ['true'] } },
    });
    expect(inject(pod).warnings).toEqual([]);
  });

  test.each<[Record<string, string>, string]>([
    [{ 'mlflow-gateway.io/port': '0' }, 'must be a port number'],
    [{ 'mlflow-gateway.io/port': '65536' }, 'must be a port number'],
    [{ 'mlflow-gateway.io/port': 'http' }, 'must be a port number'],
    [{ 'mlflow-gateway.io/upstream': 'tcp' }, 'must be socket or loopback'],
    [{ 'mlflow-gateway.io/upstreem': 'loopback' }, 'did you mean mlflow-gateway.io/upstream?'],
  ])('the annotation %j', (annotations, why) => {
    const pod = officialChart();
    pod.metadata.annotations = annotations;
    expect(refusal(pod)).toContain(why);
  });
});
