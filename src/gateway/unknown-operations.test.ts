/** Which refused operations are counted, and of which callers. */
import { afterEach, expect, test } from 'vitest';
import { eventually } from '../../dev/waiting.ts';
import { OPERATIONS } from '../catalog/generated/catalog.ts';
import { createSigner, sign } from '../identity/testing/provider.ts';
import { readSamples, sampleValue } from '../metrics/testing.ts';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

const METRIC = 'mlflow_gateway_unknown_operations_total';
const GET_RUN = OPERATIONS.find(({ id }) => id === 'getRun')!.paths[0];
/** A resource that no MLflow has, where this catalog has resources. */
const LOOMS = `${GET_RUN.split('/').slice(0, 4).join('/')}/looms`;

let gateway: InProcessGateway;
afterEach(() => gateway.stop());

async function start(env: Record<string, string> = {}): Promise<void> {
  gateway = await startInProcess({ GW_METRICS_PORT: '9464', ...env });
}

/** The counts after every request has ended. */
async function counted(): Promise<Record<string, number>> {
  const samples = await eventually('the metrics are counted', async () => {
    const read = readSamples((await gateway.metrics!.render()).text);
    expect(sampleValue(read, 'mlflow_gateway_requests_in_flight')).toBe(0);
    return read;
  });
  const rows = samples.filter(({ name, value }) => name === METRIC && value > 0);
  return Object.fromEntries(rows.map(({ labels, value }) => [`${labels.method} ${labels.template}`, value]));
}

test('a resource that the catalog lacks is counted by method and template', async () => {
  await start();
  for (const line of [`GET ${LOOMS}`, `GET ${LOOMS}?filter=secret`, `POST ${LOOMS}/payroll`])
    expect((await gateway.send(line)).body.reason).toBe('unknown_operation');
  expect((await gateway.send(`DELETE ${GET_RUN}`)).body.reason).toBe('method_not_allowed');
  expect(await counted()).toEqual({
    [`GET ${LOOMS}`]: 2,
    [`POST ${LOOMS}/{}`]: 1,
    [`DELETE ${GET_RUN}`]: 1,
  });
});

test('known operations, other methods and malformed paths are not counted', async () => {
  await start();
  await gateway.send(`GET ${GET_RUN}?run_id=0f5c6d1b9a7e4c1f8d2b3a4958671c20`);
  await gateway.send(`HEAD ${LOOMS}`);
  await gateway.send(`BREW ${LOOMS}`);
  await gateway.send(`GET ${LOOMS}/../x`);
  expect(await counted()).toEqual({});
});

test('only a caller with a valid token is counted, and every caller gets the same response', async () => {
  const [signer, other] = [await createSigner('k'), await createSigner('k')];
  const now = Math.floor(Date.now() / 1000);
  await start({
    GW_AUTH_MODE: 'oidc',
    GW_OIDC_ISSUER: 'https://idp.example',
    GW_OIDC_AUDIENCE: 'mlflow',
    GW_JWKS_JSON: JSON.stringify({ keys: [signer.jwk] }),
  });
  const claims = {
    iss: 'https://idp.example',
    aud: 'mlflow',
    sub: 'alice',
    iat: now,
    exp: now + 300,
    tenant_id: 'team-a',
  };
  const responses = [];
  for (const authorization of [
    [],
    ['Authorization: Bearer nonsense'],
    [`Authorization: Bearer ${await sign(other, claims)}`],
    [`Authorization: Bearer ${await sign(signer, { ...claims, exp: now - 3_600 })}`],
  ])
    responses.push(await gateway.raw(request(authorization)));
  expect(await counted()).toEqual({});
  responses.push(await gateway.raw(request([`Authorization: Bearer ${await sign(signer, claims)}`])));
  expect(await counted()).toEqual({ [`GET ${LOOMS}`]: 1 });
  expect(new Set(responses.map((text) => text.split('\r\n', 1)[0]))).toEqual(
    new Set(['HTTP/1.1 404 Not Found']),
  );
  expect(gateway.audited.map(({ reason }) => reason)).toEqual(Array(5).fill('unknown_operation'));
});

const request = (headers: readonly string[]) =>
  [`GET ${LOOMS} HTTP/1.1`, 'Host: g', 'Connection: close', ...headers, '', ''].join('\r\n');

test('the metrics stay limited, whatever a caller sends', async () => {
  await start();
  const words = Array.from(
    { length: 300 },
    (_, at) => `loom${String.fromCharCode(97 + (at % 26), 97 + Math.floor(at / 26))}`,
  );
  for (const word of words) await gateway.send(`GET ${LOOMS.replace('looms', word)}`);
  const rows = await counted();
  expect(Object.keys(rows)).toHaveLength(101);
  expect(rows['other other']).toBe(200);
});
