import { afterAll, beforeAll, expect, test } from 'vitest';
import { type InProcessGateway, startInProcess } from '../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_TENANCY: 'tags' });
});
afterAll(() => gateway.stop());

const SHORT_SPAN =
  '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"0123456789abcdef0123456789abcdef","spanId":"01"}]}]}]}';
const EMPTY = '{"resourceSpans":[]}';

test.each([
  [
    'a run',
    'GET /api/2.0/mlflow/runs/get',
    400,
    "Missing value for required parameter 'run_id'. getRun must name the run it is for.",
  ],
  [
    'a run, if MLflow has its own sentence',
    'POST /ajax-api/2.0/mlflow/upload-artifact',
    400,
    'Request must specify run_id or run_uuid.',
  ],
] as const)('refuses a request that does not name %s in MLflow’s words', async (_, line, status, message) => {
  expect(await gateway.send(line)).toMatchObject({ status, body: { reason: 'invalid_field', message } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

test.each([
  ['without an experiment', [], EMPTY, 422, "Missing value for required parameter 'x-mlflow-experiment-id'."],
  [
    'with a span that has a short id',
    ['X-MLflow-Experiment-Id: 1'],
    SHORT_SPAN,
    422,
    "Invalid value for parameter 'spanId'",
  ],
  [
    'with an experiment that is not an id',
    ['X-MLflow-Experiment-Id: abc'],
    EMPTY,
    400,
    'Invalid value "abc" for parameter',
  ],
] as const)(
  'refuses an export of spans %s with the status of MLflow',
  async (_, headers, body, status, message) => {
    const answer = await gateway.send('POST /v1/traces', headers, body);
    expect(answer).toMatchObject({
      status,
      body: {
        error_code: 'INVALID_PARAMETER_VALUE',
        reason: 'invalid_field',
        message: expect.stringContaining(message),
      },
    });
    expect(gateway.upstream.forwarded).toBeUndefined();
  },
);
