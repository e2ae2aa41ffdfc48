/**
 * Deeply nested JSON: a recursive parser, here or in MLflow, runs out of stack. The gateway limits nesting before it does
 * anything else with the body, including inside fields that it does not interpret.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const nested = (open: string, close: string, depth: number): string =>
  `${open.repeat(depth)}1${close.repeat(depth)}`;

it.each([
  ['lists', nested('[', ']', 100_000)],
  ['objects', nested('{"a":', '}', 100_000)],
  ['lists in a field of any kind', `{"query":"q","variables":${nested('[', ']', 100_000)}}`],
  ['objects just too deep', `{"query":"q","variables":${nested('{"a":', '}', 100)}}`],
])('%s', async (_, body) => {
  expect(await gateway.send('POST /graphql', [], body)).toMatchObject({
    status: 400,
    body: { reason: 'malformed_body' },
  });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('sends ordinary nesting on', async () => {
  const body = `{"name":"a/b","icons":[${nested('{"a":', '}', 90)}]}`;
  expect((await gateway.send('POST /api/3.0/mlflow/mcp-servers', [], body)).status).toBe(200);
  expect(gateway.upstream.forwarded!.body).toEqual(JSON.parse(body));
});
