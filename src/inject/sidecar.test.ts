import { describe, expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { envOf, inject } from './testing/injected.ts';
import { communityChart, gunicornOnLoopback, handWritten, officialChart } from './testing/pods.ts';

describe('the gateway’s container', () => {
  test('is a native sidecar after the existing init containers', () => {
    const { pod, gateway } = inject(communityChart());
    expect(pod.spec.initContainers!.map(({ name }) => name)).toEqual([
      'dbchecker',
      'mlflow-db-migration',
      'mlflow-gateway',
    ]);
    expect(gateway.restartPolicy).toBe('Always');
    expect(pod.spec.containers).toHaveLength(1);
  });

  test('is the last regular container for older clusters', () => {
    const { pod, gateway } = inject(communityChart(), { sidecar: 'container' });
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(['mlflow', 'mlflow-gateway']);
    expect(pod.spec.initContainers).toHaveLength(2);
    expect(gateway).not.toHaveProperty('restartPolicy');
  });

  test('starts before MLflow answers, is ready only after, and stays alive without it', () => {
    const { gateway } = inject(officialChart());
    const get = (path: string) => ({ httpGet: { path, port: 5000 } });
    // Kubernetes starts MLflow only after a native sidecar: a startup probe of /readyz would never succeed.
    expect(gateway.startupProbe).toMatchObject(get('/healthz'));
    expect(gateway.readinessProbe).toMatchObject(get('/readyz'));
    expect(gateway.livenessProbe).toMatchObject(get('/healthz'));
  });

  test('satisfies Pod Security restricted', () => {
    expect(inject(handWritten(), {}, 'server').gateway.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test('does not run as root if the pod does, and uses the user of the settings', () => {
    const pod = officialChart();
    pod.spec.securityContext = { runAsUser: 0 };
    expect(inject(pod).gateway.securityContext).toMatchObject({ runAsUser: 65532, runAsNonRoot: true });
    const gateway = { securityContext: { runAsUser: 1234 } };
    expect(inject(pod, { gateway }).gateway.securityContext).toMatchObject({ runAsUser: 1234 });
    expect(inject(officialChart()).gateway.securityContext).not.toHaveProperty('runAsUser');
  });

  test('has the values of the settings', () => {
    const { pod, gateway } = inject(officialChart(), {
      gateway: {
        command: ['node', '/app/gateway.mjs'],
        args: ['serve'],
        imagePullPolicy: 'Always',
        env: [
          { name: 'GW_OIDC_ISSUER', value: 'https://idp.example' },
          { name: 'GW_JWKS_JSON', valueFrom: { secretKeyRef: { name: 'keys', key: 'jwks' } } },
          { name: 'GW_DRAIN_DELAY_SECONDS', value: '7' },
        ],
        envFrom: [{ configMapRef: { name: 'gateway' } }],
        volumeMounts: [{ name: 'policy', mountPath: '/etc/gateway', readOnly: true }],
        resources: { limits: { memory: '1Gi' } },
        lifecycle: { preStop: { exec: { command: ['node', '/app/gateway.mjs', 'drain'] } } },
        probes: { readiness: { periodSeconds: 2 } },
      },
      volumes: [{ name: 'policy', configMap: { name: 'policy' } }],
      imagePullSecrets: [{ name: 'registry' }],
      podAnnotations: { 'example.com/a~b': 'c' },
    });
    expect(gateway).toMatchObject({
      image: 'gateway:1',
      imagePullPolicy: 'Always',
      command: ['node', '/app/gateway.mjs'],
      args: ['serve'],
      envFrom: [{ configMapRef: { name: 'gateway' } }],
      resources: { limits: { memory: '1Gi' } },
      lifecycle: { preStop: { exec: { command: ['node', '/app/gateway.mjs', 'drain'] } } },
      readinessProbe: { periodSeconds: 2, timeoutSeconds: 6 },
    });
    expect(gateway.env!.filter(({ name }) => name === 'GW_DRAIN_DELAY_SECONDS')).toEqual([
      { name: 'GW_DRAIN_DELAY_SECONDS', value: '7' },
    ]);
    expect(envOf(gateway)).toMatchObject({
      GW_OIDC_ISSUER: 'https://idp.example',
      GW_JWKS_JSON: { secretKeyRef: { name: 'keys', key: 'jwks' } },
    });
    expect(gateway.volumeMounts).toContainEqual({
      name: 'policy',
      mountPath: '/etc/gateway',
      readOnly: true,
    });
    expect(pod.spec.volumes).toContainEqual({ name: 'policy', configMap: { name: 'policy' } });
    expect(pod.spec.imagePullSecrets).toEqual([{ name: 'registry' }]);
    expect(pod.metadata.annotations).toEqual({
      'example.com/a~b': 'c',
      'mlflow-gateway.io/injected': 'native',
    });
  });

  test('gets variables with which the gateway starts', () => {
    for (const make of [officialChart, communityChart, gunicornOnLoopback]) {
      const { gateway } = inject(make(), {
        gateway: {
          env: [
            { name: 'GW_OIDC_ISSUER', value: 'https://idp.example' },
            { name: 'GW_OIDC_AUDIENCE', value: 'mlflow' },
          ],
        },
      });
      const env = Object.fromEntries(gateway.env!.map(({ name, value = '10.0.0.5' }) => [name, value]));
      const loaded = loadConfig(env, { serverFeatures: [] });
      expect(loaded).not.toHaveProperty('errors');
      expect('config' in loaded && loaded.config.warnings).toEqual([]);
    }
  });

  test('pulls with the secrets of the pod and the settings, each once', () => {
    const pod = officialChart();
    pod.spec.imagePullSecrets = [{ name: 'a' }];
    const { pod: after } = inject(pod, { imagePullSecrets: [{ name: 'a' }, { name: 'b' }] });
    expect(after.spec.imagePullSecrets).toEqual([{ name: 'a' }, { name: 'b' }]);
  });
});
