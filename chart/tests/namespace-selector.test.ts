/** Namespaces selected by labels, on a real API server. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type Cluster, RESTRICTED, startCluster } from './admission.ts';
import { ASSETS } from './api-server.ts';
import { CHART, helm, type KubeObject, REQUIRED, render } from './helm.ts';
import { mlflowPod } from './pods.ts';

const WAIT = { timeout: 15_000, interval: 100 };

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let server: Cluster;

  const namespace = (name: string, more: object = {}): void =>
    server.namespace(name, { ...RESTRICTED, ...more });

  beforeAll(async () => {
    server = await startCluster();
  });
  afterAll(() => server?.stop());

  describe('namespaces by labels', () => {
    const values = {
      mode: 'sidecar',
      config: REQUIRED.config,
      policy: { roles: {} },
      injection: {
        method: 'admissionPolicy',
        namespaceSelector: {
          matchLabels: { team: 'ml' },
          matchExpressions: [{ key: 'stage', operator: 'NotIn', values: ['attic'] }],
        },
      },
    };
    const access = () => ['--namespace', 'by-labels', ...server.access];
    const upgrade = () => helm(['upgrade', '--install', 'by-labels', CHART, ...access()], values);
    const found = (kind: string): string[] =>
      JSON.parse(
        server.kubectl(['get', kind, '-A', '-l', 'app.kubernetes.io/instance=by-labels', '-o', 'json']),
      )
        .items.map(({ metadata }: KubeObject) => metadata.namespace)
        .sort();

    beforeAll(() => {
      namespace('by-labels');
      namespace('selected', { team: 'ml' });
      namespace('selected-attic', { team: 'ml', stage: 'attic' });
      // Kubernetes' own namespaces are excluded, regardless of their labels.
      server.kubectl(['label', 'namespace', 'kube-public', 'team=ml']);
      upgrade();
    });

    test('are looked up, and each gets the namespaced objects', () => {
      expect(found('networkpolicy')).toEqual(['selected']);
      expect(found('configmap')).toEqual(['selected']);
      return vi.waitFor(
        () => expect(server.admit(mlflowPod(), 'selected').spec.initContainers).toHaveLength(1),
        WAIT,
      );
    });

    test('refuse labelled pods if they get the labels after the last upgrade', async () => {
      namespace('selected-later', { team: 'ml' });
      await vi.waitFor(
        () => expect(() => server.admit(mlflowPod(), 'selected-later')).toThrow(/must run the gateway/),
        WAIT,
      );
      expect(server.admit(mlflowPod(), 'selected-attic').spec.containers).toHaveLength(1);
      upgrade();
      expect(found('networkpolicy')).toEqual(['selected', 'selected-later']);
      await vi.waitFor(
        () => expect(server.admit(mlflowPod(), 'selected-later').spec.initContainers).toHaveLength(1),
        WAIT,
      );
    });
  });
});

test('namespaces by labels need a cluster', () => {
  const injection = { namespaceSelector: { matchLabels: { team: 'ml' } } };
  expect(() => render({ mode: 'sidecar', config: REQUIRED.config, injection })).toThrow(
    /injection\.namespaceSelector: finds no namespace\. .*write them to injection\.namespaces/,
  );
});

test('namespaces by labels need the guard, and exclude a list of namespaces', () => {
  const injection = {
    namespaceSelector: { matchLabels: { team: 'ml' } },
    namespaces: ['ml'],
    guard: { enabled: false },
  };
  expect(() => render({ mode: 'sidecar', config: REQUIRED.config, injection })).toThrow(
    /injection\.namespaceSelector: names the namespaces, and so does injection\.namespaces[\s\S]*namespaceSelector: needs injection\.guard\.enabled=true/,
  );
});
