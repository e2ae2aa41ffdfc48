/**
 * Enormous numbers of query keys: one request keeps a parser busy that makes an entry of each, or compares each with all.
 * The gateway bounds the target, stops at the first unknown key, and reads a list in time linear in its length.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const GET = 'GET /ajax-api/2.0/mlflow/metrics/get-history-bulk?metric_key=a';

it('refuses unknown keys at the first one', async () => {
  const query = Array.from({ length: 2_000 }, (_, i) => `&k${i}=`).join('');
  expect(await gateway.send(GET + query)).toMatchObject({
    status: 400,
    body: { reason: 'unknown_field', message: 'Unknown query parameter k0.' },
  });
});

it.each([
  ['empty pairs', '&'.repeat(15_000), 'malformed_query'],
  ['one key repeated', '&metric_key=a'.repeat(1_000), 'malformed_query'],
  ['more than the maximum length of a target', '&run_id=a'.repeat(2_000), 'malformed_path'],
])('refuses %s', async (_, query, reason) => {
  expect(await gateway.send(GET + query)).toMatchObject({ status: 400, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

// MLflow accepts a hundred runs here (MAX_RUN_IDS_PER_REQUEST, mlflow/server/handlers.py).
it('sends a list of the maximum length that MLflow accepts, and refuses a longer one', async () => {
  expect((await gateway.send(GET + '&run_id=a'.repeat(100))).status).toBe(200);
  expect(gateway.upstream.forwarded!.path.match(/run_id=a/g)).toHaveLength(100);
  expect(gateway.audited.at(-1)!.resources).toHaveLength(100);
  expect((await gateway.send(GET + '&run_id=a'.repeat(101))).body.reason).toBe('invalid_field');
});
