/** The gateway in its own pods, in front of MLflow's Service: the NetworkPolicies close MLflow. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { expectAudit } from './support/audit.ts';
import { answered, as, ask, openVolume, underLoad } from './support/caller.ts';
import { eventually } from './support/eventually.ts';
import { trustKeycloak } from './support/keycloak.ts';
import { apply, kubectl, rolledOut } from './support/kubectl.ts';
import { mlflow, PORT } from './support/mlflow.ts';
import { makeNamespace, removeNamespace } from './support/namespace.ts';
import { gone, newestPod, podsOf } from './support/pods.ts';
import { FULLNAME, helmTest, install, template } from './support/release.ts';
import { heading, note } from './support/report.ts';
import { LOCAL, newExperiment, SEARCH, work } from './support/work.ts';

const NAMESPACE = 'e2e-standalone';
const GATEWAY = `http://${FULLNAME}.${NAMESPACE}.svc`;
const MLFLOW = `http://mlflow.${NAMESPACE}.svc:${PORT}`;
const values = (more: object = {}): object => ({ mode: 'standalone', ...more });

beforeAll(async () => {
  heading('Standalone');
  await makeNamespace(NAMESPACE);
  await trustKeycloak(NAMESPACE, process.env.E2E_AUTHORITY!);
  await apply(
    NAMESPACE,
    ...mlflow({ env: { MLFLOW_SERVER_ALLOWED_HOSTS: `localhost,mlflow.${NAMESPACE}.svc:${PORT}` } }),
  );
  await openVolume(NAMESPACE, 'mlflow');
  await rolledOut(NAMESPACE, 'mlflow');
});

afterAll(() => removeNamespace(NAMESPACE));

const addresses = async (): Promise<readonly string[]> => [
  MLFLOW,
  `http://${(await newestPod(NAMESPACE)).status.podIP}:${PORT}`,
];

describe('the NetworkPolicies', () => {
  test('without them any pod reads everything, with or without the gateway', async () => {
    await install(NAMESPACE, values({ networkPolicy: { enabled: false } }));
    for (const base of await addresses())
      expect(await answered({ url: base + SEARCH, headers: LOCAL })).toMatchObject({ status: 200 });
  });

  test('the NetworkPolicy: only the gateway reaches MLflow', async () => {
    await install(NAMESPACE, values());
    for (const base of await addresses())
      await eventually(`${base} is closed`, async () =>
        expect(await ask({ url: base + SEARCH, headers: LOCAL, timeoutMs: 2_000 })).toEqual({
          error: 'timeout',
        }),
      );
    expect(await answered({ url: GATEWAY + SEARCH })).toMatchObject({ status: 401 });
    expect(await answered({ url: GATEWAY + SEARCH, headers: await as('ada') })).toMatchObject({
      status: 200,
    });
    note('Another pod reached MLflow before its NetworkPolicy, by Service and by address, and not after.');
  });

  test('helm test passes', async () => {
    expect(await helmTest(NAMESPACE)).not.toContain('FAILED');
  });

  test('a pod of another namespace with the gateway’s labels is refused', async () => {
    const [gateway] = await podsOf(NAMESPACE, 'app=gateway');
    const labels = Object.entries(gateway!.metadata.labels!).map(([name, value]) => `${name}=${value}`);
    const own = ['-n', 'e2e-callers', 'label', '--overwrite', 'pod', 'caller'];
    await kubectl([...own, ...labels]);
    try {
      for (const base of await addresses())
        for (let i = 0; i < 5; i++)
          expect(await ask({ url: base + SEARCH, headers: LOCAL, timeoutMs: 2_000 })).toEqual({
            error: 'timeout',
          });
    } finally {
      await kubectl([...own, 'app=caller']);
    }
  });

  test('the gateway itself reaches MLflow, Keycloak and DNS only', async () => {
    const [gateway] = await podsOf(NAMESPACE, 'app=gateway');
    const script = `
      const { connect } = require('node:net');
      const [host, port] = process.argv.slice(1);
      const socket = connect({ host, port }).setTimeout(3000, () => done('timeout'));
      const done = (how) => { console.log(how); process.exit(); };
      socket.once('connect', () => done('open')).once('error', (error) => done(error.code));`;
    const from = (host: string, port: number): Promise<string> =>
      kubectl([
        ...['-n', NAMESPACE, 'exec', gateway!.metadata.name, '--'],
        ...['/usr/local/bin/node', '--eval', script, host, String(port)],
      ]);
    expect(await from(`mlflow.${NAMESPACE}.svc`, PORT)).toBe('open\n');
    expect(await from('keycloak.e2e-identity.svc', 8443)).toBe('open\n');
    expect(await from('keycloak.e2e-identity.svc', 9000)).toBe('timeout\n');
    expect(await from('kubernetes.default.svc', 443)).toBe('timeout\n');
  });
});

describe('two pods', () => {
  test('serve a tenant the same data, and do not show it to another tenant', async () => {
    const pods = await podsOf(NAMESPACE, 'app=gateway');
    expect(pods).toHaveLength(2);
    const [first, second] = pods.map(({ status }) => `http://${status.podIP}:8000`);
    const url = `/api/2.0/mlflow/experiments/get?experiment_id=${await newExperiment(first!, 'ada')}`;
    expect(await answered({ url: second + url, headers: await as('vera') })).toMatchObject({ status: 200 });
    expect(await answered({ url: second + url, headers: await as('bob') })).toMatchObject({ status: 404 });
  });

  test('a new configuration is rolled out without losing a request', async () => {
    const old = await podsOf(NAMESPACE, 'app=gateway');
    const result = await underLoad(await work(GATEWAY, 'ada'), async () => {
      await install(NAMESPACE, values({ config: { GW_LOG_LEVEL: 'debug' } }));
      await gone(NAMESPACE, old);
    });
    expect(result).toMatchObject({ counts: { 200: result.sent }, failures: [] });
    note(`Upgrade of the chart: ${result.sent} requests meanwhile, none lost.`);
  });

  test('an evicted pod loses no request', async () => {
    const [victim] = await podsOf(NAMESPACE, 'app=gateway');
    const result = await underLoad(await work(GATEWAY, 'ada'), async () => {
      await kubectl(['-n', NAMESPACE, 'delete', 'pod', victim!.metadata.name]);
      await rolledOut(NAMESPACE, FULLNAME);
    });
    expect(result).toMatchObject({ counts: { 200: result.sent }, failures: [] });
    note(`A pod taken away: ${result.sent} requests meanwhile, none lost.`);
  });

  test('a wrong value is refused by name, and nothing is changed', async () => {
    await expect(template(NAMESPACE, values({ replicas: 'two' }))).rejects.toThrow('replicas');
    await expect(template(NAMESPACE, values({ config: { GW_TENANT_CLAIMS: 'x' } }))).rejects.toThrow(
      'GW_TENANT_CLAIMS',
    );
    await expect(install(NAMESPACE, values({ mlflow: { ingress: { enabled: true } } }))).rejects.toThrow(
      'mlflow',
    );
    expect(await answered({ url: GATEWAY + SEARCH, headers: await as('ada') })).toMatchObject({
      status: 200,
    });
  });

  test('the audit log has the requests of both teams', async () => {
    const made = { tenant: 'team-a', operation: 'createRun', decision: 'allow', status_code: 200 };
    const refused = { decision: 'deny', reason: 'token_missing', status_code: 401 };
    expect(await answered({ url: GATEWAY + SEARCH })).toMatchObject({ status: 401 });
    await expectAudit(NAMESPACE, 'app=gateway', 'audit-standalone.jsonl', made, refused);
  });
});
