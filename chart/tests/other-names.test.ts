/** Names of other charts on a real API server: whether Kubernetes takes what is made of them, and namespaces by labels. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiServer, ASSETS, startApiServer } from './api-server.ts';
import { CHART, helm, type KubeObject, REQUIRED, render } from './helm.ts';
import { mlflowPod } from './pods.ts';

const RESTRICTED = { 'pod-security.kubernetes.io/enforce': 'restricted' };
const WAIT = { timeout: 15_000, interval: 100 };

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let dir: string;
  let server: ApiServer;

  const namespace = (name: string, more: object = {}): void => {
    const labels = { ...RESTRICTED, ...more };
    server.kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  };

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'api-server-'));
    server = await startApiServer(dir);
    namespace('ml');
  });

  afterAll(async () => {
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  test('Kubernetes takes every object that is made of the names of other charts, field by field', () => {
    const objects = render('other-names');
    const said = server.kubectl(
      ['apply', '--dry-run=server', '--validate=strict', '-f', '-'],
      objects as unknown as object[],
    );
    expect(said.trim().split('\n')).toHaveLength(objects.length);
  });

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
    const access = () => ['--namespace', 'by-labels', '--kubeconfig', server.kubeconfig];
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
      // Kubernetes' own are left out, whatever their labels.
      server.kubectl(['label', 'namespace', 'kube-public', 'team=ml']);
      upgrade();
    });

    test('are looked up, and each gets what lives in a namespace', () => {
      expect(found('networkpolicy')).toEqual(['selected']);
      expect(found('configmap')).toEqual(['selected']);
      return vi.waitFor(
        () => expect(server.admit(mlflowPod(), 'selected').spec.initContainers).toHaveLength(1),
        WAIT,
      );
    });

    test('that get the labels later have labelled pods refused until the next upgrade', async () => {
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

test('namespaces by labels need a cluster to ask', () => {
  const injection = { namespaceSelector: { matchLabels: { team: 'ml' } } };
  expect(() => render({ mode: 'sidecar', config: REQUIRED.config, injection })).toThrow(
    /injection\.namespaceSelector: finds no namespace\. .*write them to injection\.namespaces/,
  );
});

test('namespaces by labels need the guard, and no list beside them', () => {
  const injection = {
    namespaceSelector: { matchLabels: { team: 'ml' } },
    namespaces: ['ml'],
    guard: { enabled: false },
  };
  expect(() => render({ mode: 'sidecar', config: REQUIRED.config, injection })).toThrow(
    /injection\.namespaceSelector: names the namespaces, and so does injection\.namespaces[\s\S]*namespaceSelector: needs injection\.guard\.enabled=true/,
  );
});
