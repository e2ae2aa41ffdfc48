import { describe, expect, test } from 'vitest';
import { inject, PODS, with1 } from './testing/injected.ts';
import { type ContainerJson, officialChart } from './testing/pods.ts';

describe('what works, but perhaps not as meant, is warned of', () => {
  test.each<[string, Partial<ContainerJson>, string]>([
    ['an app that is not known', { args: ['--app-name=ours'] }, '--app-name ours: if that app'],
    ['metrics', { args: ['--expose-prometheus=/tmp/m'] }, '/metrics'],
    ['metrics by variable', { env: [{ name: 'MLFLOW_EXPOSE_PROMETHEUS', value: '/m' }] }, '/metrics'],
    ['a probe of the port alone', { livenessProbe: { tcpSocket: { port: 'http' } } }, 'not httpGet'],
    [
      'a hook of its own',
      { lifecycle: { preStop: { exec: { command: ['x'] } } } },
      'preStop hook of its own',
    ],
  ])('%s', (_, change, why) => {
    expect(inject(with1(officialChart(), change)).warnings).toEqual([expect.stringContaining(why)]);
  });

  test.each(PODS.slice(0, 3))('nothing in %s', (_, make) => expect(inject(make()).warnings).toEqual([]));
});
