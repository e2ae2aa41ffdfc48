import { describe, expect, test } from 'vitest';
import { inject, with1 } from './testing/injected.ts';
import { officialChart, type PodJson } from './testing/pods.ts';

describe('when the pod ends, MLflow serves until the gateway has drained', () => {
  const preStop = (pod: PodJson, json: object = {}) => inject(pod, json).mlflow.lifecycle?.preStop;

  test('with a pause', () => {
    expect(preStop(officialChart())).toEqual({ sleep: { seconds: 10 } });
    const lifecycle = { postStart: { exec: { command: ['true'] } } };
    expect(inject(with1(officialChart(), { lifecycle })).mlflow.lifecycle).toEqual({
      ...lifecycle,
      preStop: { sleep: { seconds: 10 } },
    });
  });

  test('of at most a third of the grace period', () => {
    for (const [grace, seconds] of [
      [60, 10],
      [12, 4],
      [3, 1],
    ]) {
      const pod = officialChart();
      pod.spec.terminationGracePeriodSeconds = grace;
      expect(preStop(pod)).toEqual({ sleep: { seconds } });
    }
    const pod = officialChart();
    pod.spec.terminationGracePeriodSeconds = 2;
    expect(preStop(pod)).toBeUndefined();
  });

  test('with the hook of the settings, or none', () => {
    const exec = { exec: { command: ['sleep', '10'] } };
    expect(preStop(officialChart(), { mlflow: { preStop: exec } })).toEqual(exec);
    expect(preStop(officialChart(), { mlflow: { preStop: null } })).toBeUndefined();
  });

  test('an existing hook stays', () => {
    const lifecycle = { preStop: { exec: { command: ['x'] } } };
    expect(preStop(with1(officialChart(), { lifecycle }))).toEqual(lifecycle.preStop);
  });
});
