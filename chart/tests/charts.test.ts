/**
 * Common values of MLflow's two charts, and whether their pods are admitted or refused: docs/charts.md. `npm run charts` tests that
 * admitted pods work.
 */
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openAdmission } from '../../e2e/charts/admission.ts';
import { ownPods } from '../../e2e/charts/own-pods.ts';
import { type Charts, isChart, valuesOf } from '../../e2e/charts/pods-of.ts';
import { renderChart } from '../../e2e/charts/render.ts';
import { ROWS } from '../../e2e/charts/rows.ts';
import { listeners } from '../../e2e/charts/run/listeners.ts';
import { type Chart, findChart } from '../../e2e/charts/sources.ts';
import { type Field, survey } from '../../e2e/charts/survey.ts';
import { METHODS, type Rendering } from '../../e2e/charts/types.ts';
import { type ApiServer, ASSETS, startApiServer } from './api-server.ts';
import { CHART } from './helm.ts';

const work = mkdtempSync(join(tmpdir(), 'charts-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const folder = join(work, 'charts');
const charts: Charts = { official: findChart('official', folder), community: findChart('community', folder) };
for (const chart of Object.values(charts))
  if (!isChart(chart))
    console.warn(`No ${chart.name} chart here, pods of our own in its place: ${chart.missing}`);

test('there are at least 40 sets of values with unique ids, and every repairable refused one names its repair', () => {
  const ids = ROWS.map(({ id }) => id);
  expect(ids.length).toBeGreaterThanOrEqual(40);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ROWS.flatMap(({ repairs }) => repairs ?? []).filter((id) => !ids.includes(id))).toEqual([]);
});

test('docs/charts.md lists every set of values', () => {
  const page = readFileSync(join(CHART, '../docs/charts.md'), 'utf8');
  const cell = (id: string): string => `| [\`${id}\`](#${id}) |`;
  const missing = ROWS.filter(({ id }) => !page.includes(cell(id)) && !page.includes(`| \`${id}\` |`));
  expect(missing.map(({ id }) => id)).toEqual([]);
});

describe('a chart', () => {
  test('that cannot be pulled is reported with the variable that names a local folder', () => {
    const env = {
      ...process.env,
      MLFLOW_CHART: 'oci://127.0.0.1:1/mlflow',
      COMMUNITY_CHART: join(work, 'nowhere'),
    };
    expect(findChart('official', join(work, 'none'), env)).toMatchObject({
      missing: expect.stringMatching(/^helm pull oci:.*MLFLOW_CHART/s),
    });
    expect(findChart('community', join(work, 'none'), env)).toMatchObject({
      missing: expect.stringContaining('no Chart.yaml'),
    });
  });

  test('is rendered without missing database charts', async () => {
    const place = join(work, 'needy');
    mkdirSync(join(place, 'templates'), { recursive: true });
    const needed = { name: 'postgresql', version: '1.0.0', repository: 'https://charts.example.com' };
    writeFileSync(
      join(place, 'Chart.yaml'),
      JSON.stringify({ apiVersion: 'v2', name: 'mlflow', version: '9.8.7', dependencies: [needed] }),
    );
    writeFileSync(
      join(place, 'templates/map.yaml'),
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'map' }, data: { a: '1' } }),
    );
    const chart = findChart('community', join(work, 'copies'), { ...process.env, COMMUNITY_CHART: place });
    expect(chart).toMatchObject({ version: '9.8.7' });
    expect(await renderChart(chart as Chart, {})).toEqual({ pods: [], data: { map: { a: '1' } } });
  });
});

test.runIf(existsSync('/proc/net/tcp'))(
  'detects sockets outside loopback (skipped except on Linux)',
  async () => {
    const servers = ['0.0.0.0', '127.0.0.1'].map((host) => createServer().listen(0, host));
    await Promise.all(servers.map((one) => once(one, 'listening')));
    const [open, inside] = servers.map((one) => (one.address() as AddressInfo).port);
    const seen = listeners('10.244.0.9');
    for (const one of servers) one.close();
    expect(seen).toContain(open);
    expect(seen).not.toContain(inside);
  },
);

describe.each(['official', 'community'] as const)('our test pods have the shape of the %s chart', (name) => {
  const chart = charts[name];
  test.runIf(isChart(chart))('for every set of values (skipped if the chart is not available)', async () => {
    if (!isChart(chart)) return;
    for (const row of ROWS) {
      const values = valuesOf(row, name);
      if (values === undefined) continue;
      expect(shapeOf(ownPods(name, values)), row.id).toEqual(shapeOf(await renderChart(chart, values)));
    }
  });
});

/** The fields that admission checks, without the names of releases and Secrets. */
function shapeOf({ pods }: Rendering): unknown {
  return pods.map(({ role, pod: { metadata, spec } }) => ({
    role,
    label: metadata.labels?.['mlflow-gateway.io/inject'],
    annotations: Object.entries(metadata.annotations ?? {})
      .filter(([key]) => key.startsWith('mlflow-gateway.io/'))
      .sort(),
    restartPolicy: spec.restartPolicy,
    init: spec.initContainers?.map((container) => [container.name, container.restartPolicy]) ?? [],
    others: spec.containers
      .slice(1)
      .map(({ name, ports }) => [name, ports?.map(({ containerPort }) => containerPort)]),
    // For a Job, only its command.
    mlflow: role === 'job' ? spec.containers[0]?.command?.slice(0, 2) : serverShape(spec.containers[0]!),
  }));
}

function serverShape(container: Rendering['pods'][number]['pod']['spec']['containers'][number]): unknown {
  const { command, args, ports, image, env = [], envFrom = [] } = container;
  const ofMlflow = env.filter(({ name }) => /^(?:MLFLOW|UVICORN|GUNICORN)_/.test(name));
  return {
    image,
    command,
    args,
    ports,
    env: ofMlflow.map(({ name, value, valueFrom }) => [
      name,
      valueFrom === undefined ? value : 'from elsewhere',
    ]),
    envFrom: envFrom.length,
    probes: [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
      (probe) => probe?.httpGet,
    ),
  };
}

describe.skipIf(ASSETS === undefined)('on an API server (skipped unless KUBEBUILDER_ASSETS is set)', () => {
  let server: ApiServer;
  let fields: readonly Field[];

  beforeAll(async () => {
    server = await startApiServer(join(work, 'api'));
    fields = await survey(charts, await openAdmission(server));
  });
  afterAll(() => server?.stop());

  test.each(METHODS)('every pod is admitted unchanged or refused with a remedy: %s', (method) => {
    const wrong = fields.filter((field) => field.method === method && field.wrong !== undefined);
    expect(wrong.map(({ row, origin, wrong }) => `${row.id} (${origin}): ${wrong}`)).toEqual([]);
    expect(fields.filter((field) => field.method === method).length).toBeGreaterThan(ROWS.length);
  });

  test('a repair is admitted in each chart and method for which the refusal names it', () => {
    const letIn = (id: string): number =>
      fields.filter(({ row, outcome }) => row.id === id && outcome.kind === 'patched').length;
    const vain = ROWS.filter(({ id, repairs }) => repairs !== undefined && letIn(id) === 0);
    expect(vain.map(({ id }) => id)).toEqual([]);
  });
});
