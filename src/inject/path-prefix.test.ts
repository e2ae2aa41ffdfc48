import { describe, expect, test } from 'vitest';
import { envOf, inject, problems, with1 } from './testing/injected.ts';
import { type ContainerJson, officialChart } from './testing/pods.ts';

describe('an MLflow below a path prefix', () => {
  const probes = (path: string): Partial<ContainerJson> => {
    const probe = { httpGet: { path, port: 'http' } };
    return { startupProbe: probe, livenessProbe: probe, readinessProbe: probe };
  };
  const below = (change: Partial<ContainerJson>) =>
    with1(officialChart(), { ...probes('/ml/health'), ...change });
  const [option, variable]: Partial<ContainerJson>[] = [
    { args: ['mlflow', 'server', '--static-prefix', '/ml'] },
    { env: [{ name: 'MLFLOW_STATIC_PREFIX', value: '/ml' }] },
  ];

  test.each([[option!], [variable!]])('keeps the prefix, for callers and probes: %j', (change) => {
    const { gateway } = inject(below(change));
    expect(envOf(gateway)).toMatchObject({ GW_UPSTREAM_PATH_PREFIX: '/ml', GW_PATH_PREFIX: '/ml' });
    expect(gateway.readinessProbe).toMatchObject({ httpGet: { path: '/readyz' } });
  });

  test('uses the gateway’s prefix of the settings; MLflow’s own command wins over their upstream prefix', () => {
    const env = [
      { name: 'GW_PATH_PREFIX', value: '/team' },
      { name: 'GW_UPSTREAM_PATH_PREFIX', value: '/other' },
    ];
    const pod = below({ ...option, ...probes('/team/health') });
    const { gateway } = inject(pod, { gateway: { env } });
    expect(envOf(gateway)).toMatchObject({ GW_UPSTREAM_PATH_PREFIX: '/ml', GW_PATH_PREFIX: '/team' });
    const names = gateway.env!.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each<[string, string, string, object[]]>([
    ['lost the prefix, as community-charts/mlflow writes them', '/health', '/ml/health', []],
    ['a query', '/health?a=b', '/ml/health?a=b', []],
    [
      'MLflow’s prefix where callers have another',
      '/ml/health',
      '/team/health',
      [{ name: 'GW_PATH_PREFIX', value: '/team' }],
    ],
  ])('probes with %s are moved to where the gateway answers', (_, asked, path, env) => {
    const { mlflow } = inject(below({ ...option, ...probes(asked) }), { gateway: { env } });
    for (const kind of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect(mlflow[kind]).toEqual({ httpGet: { path, port: 'http' } });
  });

  test('refuses probes of a page below it', () => {
    const all = problems(below({ ...option, ...probes('/ml/') }));
    expect(all).toHaveLength(3);
    expect(all[0]).toBe(
      'The startupProbe of mlflow requests /ml/, which the gateway does not answer without a token. Use /ml/health.',
    );
  });

  test('has no prefix without an option or variable', () => {
    const { gateway } = inject(officialChart());
    expect(envOf(gateway)).not.toHaveProperty('GW_PATH_PREFIX');
    expect(envOf(gateway)).not.toHaveProperty('GW_UPSTREAM_PATH_PREFIX');
    const { gateway: empty } = inject(
      with1(officialChart(), { env: [{ name: 'MLFLOW_STATIC_PREFIX', value: '' }] }),
    );
    expect(envOf(empty)).not.toHaveProperty('GW_UPSTREAM_PATH_PREFIX');
  });
});
