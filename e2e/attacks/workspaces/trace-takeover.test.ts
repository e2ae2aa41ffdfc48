import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fetch } from '../../../dev/http.ts';
import { type Stack, startStack, unique } from '../../harness/stack.ts';

/**
 * Before 3.17 MLflow lets whoever makes a trace under the id of another workspace's have it. The gateway asks the other
 * workspaces first (src/tenancy/workspaces/chosen-ids.ts).
 */

const API = '/api/3.0/mlflow/traces';
// biome-ignore lint/suspicious/noExplicitAny: answers of MLflow's
type Json = any;

const [owner, other] = [unique('owner'), unique('other')];
let stack: Stack;
beforeAll(async () => {
  stack = await startStack({ auth: 'oidc', tenants: [owner, other], mlflow: { version: '3.10.1' } });
});
afterAll(() => stack?.stop());

async function makeTrace(as: Fetch, trace_id: string, preview: string): Promise<Response> {
  const created = await as('/api/2.0/mlflow/experiments/create', { json: { name: unique('traced') } });
  const { experiment_id } = (await created.json()) as Json;
  const trace_info = {
    trace_id,
    trace_location: { type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id } },
    request_time: '2026-01-01T00:00:00Z',
    execution_duration: '0.001s',
    state: 'OK',
    request_preview: preview,
  };
  return as(API, { json: { trace: { trace_info } } });
}

const previewOf = async (as: Fetch, id: string): Promise<string> =>
  ((await (await as(`${API}/${id}`)).json()) as Json).trace.trace_info.request_preview;

test('a trace stays whose it is, whoever knows its id', async () => {
  const id = `tr-${randomBytes(16).toString('hex')}`;
  expect((await makeTrace(stack.as(owner), id, 'mine')).status).toBe(200);
  // MLflow itself has nothing against it: what is refused is refused by the gateway.
  const bare = `tr-${randomBytes(16).toString('hex')}`;
  expect((await makeTrace(stack.direct(owner), bare, 'mine')).status).toBe(200);
  expect((await makeTrace(stack.direct(other), bare, 'taken')).status).toBe(200);

  const taken = await makeTrace(stack.as(other), id, 'taken');
  expect([taken.status, ((await taken.json()) as Json).reason]).toEqual([404, 'resource_not_found']);
  expect(await previewOf(stack.as(owner), id)).toBe('mine');
  expect((await makeTrace(stack.as(other), `tr-${randomBytes(16).toString('hex')}`, 'own')).status).toBe(200);
});
