/**
 * mlflow-oidc-auth #285: the check read `experiment_id` from the query and MLflow read it from the JSON body of the POST, so the
 * caller's own experiment in the query opened another's in the body. The gateway reads a field in one place of each operation;
 * in another place it may be repeated with the same value, and is not sent.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  ['POST', 'experiments/update', '{"experiment_id":"2","new_name":"x"}'],
  ['POST', 'experiments/delete', '{"experiment_id":"2"}'],
  ['POST', 'experiments/set-experiment-tag', '{"experiment_id":"2","key":"a","value":"b"}'],
])('%s %s with the id in the query as well', async (method, path, body) => {
  const line = `${method} /api/2.0/mlflow/${path}?experiment_id=1`;
  expect(await gateway.send(line, [], body)).toMatchObject({
    status: 400,
    body: { reason: 'invalid_field' },
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it.each([
  ['GET', 'registered-models/get?name=mine', '{"name":"theirs"}'],
  ['GET', 'runs/get?run_id=mine', '{"run_uuid":"theirs"}'],
])('%s %s with a body as well', async (method, path, body) => {
  expect(await gateway.send(`${method} /api/2.0/mlflow/${path}`, [], body)).toMatchObject({
    status: 400,
    body: { reason: 'malformed_request' },
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});
