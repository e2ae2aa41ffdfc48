/**
 * mlflow-oidc-auth #270, #285, #286: the check read one spelling or one place of a field and MLflow another: snake_case
 * beside camelCase, the query beside the body, a body on HEAD. The gateway reads each field of each operation in one place and
 * in one spelling. A repetition in another place must have the same value (ADR 37); everything else is refused.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

it.each([
  [
    'POST /api/2.0/mlflow/runs/search',
    '{"experiment_ids":["1"],"experimentIds":["2"]}',
    400,
    'unknown_field',
  ],
  ['POST /api/2.0/mlflow/runs/search', '{"experimentIds":["2"]}', 400, 'unknown_field'],
  [
    'POST /api/2.0/mlflow/runs/search',
    '{"experiment_ids":["1"],"experiment_ids":["2"]}',
    400,
    'malformed_body',
  ],
  [
    'POST /api/2.0/mlflow/runs/search',
    '{"experiment_ids":["1"],"experiment\\u005fids":["2"]}',
    400,
    'malformed_body',
  ],
  ['POST /api/2.0/mlflow/runs/search?experiment_ids=2', '{"experiment_ids":["1"]}', 400, 'invalid_field'],
  ['POST /api/2.0/mlflow/runs/search?experiment_ids=2', '{}', 400, 'unknown_field'],
  ['GET /api/2.0/mlflow/runs/get?run_id=a', '{"run_id":"b"}', 400, 'malformed_request'],
  ['GET /api/2.0/mlflow/runs/get?', '{"run_id":"b","run_uuid":"c"}', 400, 'invalid_field'],
  ['GET /api/2.0/mlflow/runs/get', '{"run_id":"b","run_id":"c"}', 400, 'malformed_body'],
  ['GET /api/2.0/mlflow/runs/get', '{"run_id":1}', 400, 'invalid_field'],
  ['GET /api/2.0/mlflow/runs/get', '{"runId":"b"}', 400, 'unknown_field'],
  ['GET /api/2.0/mlflow/runs/get', '["run_id"]', 400, 'invalid_field'],
  ['GET /api/2.0/mlflow/runs/get?run_id=a&run_id=b', '', 400, 'malformed_query'],
  ['GET /api/2.0/mlflow/runs/get?run_id=a&run%5Fid=b', '', 400, 'malformed_query'],
  ['GET /api/2.0/mlflow/runs/get?runId=a', '', 400, 'unknown_field'],
  ['POST /api/2.0/mlflow/runs/search', '{"run_view_type":{},"filter":"x"}', 400, 'invalid_field'],
  ['POST /api/2.0/mlflow/runs/search', '{"max_results":"zz"}', 400, 'invalid_field'],
  ['POST /api/2.0/mlflow/runs/search', '"{\\"experiment_ids\\":[\\"2\\"]}"', 400, 'invalid_field'],
  ['GET /api/2.0/mlflow/experiments/get?experiment_id=%203', '', 400, 'invalid_field'],
  ['GET /api/2.0/mlflow/experiments/get?experiment_id=03', '', 400, 'invalid_field'],
  ['GET /api/2.0/mlflow/experiments/get?experiment_id=%D9%A3', '', 400, 'invalid_field'],
  [
    'PATCH /api/2.0/mlflow/logged-models/m-1',
    '{"model_id":"m-2","status":"LOGGED_MODEL_READY"}',
    400,
    'invalid_field',
  ],
])('refuses %s with %s', async (line, body, status, reason) => {
  expect(await gateway.send(line, [], body)).toMatchObject({ status, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('answers HEAD with 405, whether the resource exists or not', async () => {
  const text = await gateway.raw(
    'HEAD /api/2.0/mlflow/experiments/get?experiment_id=1 HTTP/1.1\r\nHost: g\r\nX-Tenant: team-a\r\nConnection: close\r\n\r\n',
  );
  expect(text).toMatch(/^HTTP\/1\.1 405/);
  expect(gateway.upstream.forwarded).toBeUndefined();
});
