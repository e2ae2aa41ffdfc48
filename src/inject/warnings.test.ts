import { describe, expect, test } from 'vitest';
import { inject, PODS, with1 } from './testing/injected.ts';
import { type ContainerJson, officialChart } from './testing/pods.ts';

describe('warns of pods that work, but perhaps not as intended', () => {
  test.each<[string, Partial<ContainerJson>, string]>([
    ['an app that is not known', { args: ['--app-name=ours'] }, '--app-name ours: if that app'],
    ['a probe of the port alone', { livenessProbe: { tcpSocket: { port: 'http' } } }, 'not httpGet'],
    [
      'a hook of its own',
      { lifecycle: { preStop: { exec: { command: ['x'] } } } },
      'preStop hook of its own',
    ],
  ])('%s', (_, change, why) => {
    expect(inject(with1(officialChart(), change)).warnings).toEqual([expect.stringContaining(why)]);
  });

  test('an allowed port that the NetworkPolicy does not open', () => {
    const pod = officialChart();
    pod.spec.containers.push({ name: 'exporter', image: 'x', ports: [{ containerPort: 9100 }] });
    pod.metadata.annotations = { 'mlflow-gateway.io/allowed-ports': '9100' };
    expect(inject(pod, { openPorts: [5000] }).warnings).toEqual([
      "Port 9100 of exporter is allowed, but the NetworkPolicy does not open it: add it to networkPolicy.sidecarPorts of the gateway's chart if it is for callers.",
    ]);
    expect(inject(pod, { openPorts: [5000, 9100] }).warnings).toEqual([]);
  });

  test.each(PODS.slice(0, 3))('nothing in %s', (_, make) => expect(inject(make()).warnings).toEqual([]));
});
