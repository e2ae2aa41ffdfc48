/**
 * mlflow#25676: GraphQL returned data that the REST API would have refused. A document needs the permissions of the data that
 * it requests. The gateway writes the document itself, pins the workspace, and never sends it by GET, where MLflow reads a body.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess();
});
afterAll(() => gateway.stop());

const QUERY = '{"query":"{ mlflowGetRun(input: {runId: \\"a\\"}) { run { info { runId } } } }"}';

it('sends a document with the workspace pinned, under the permission graphql:read', async () => {
  expect((await gateway.send('POST /graphql', [], QUERY)).status).toBe(200);
  expect(gateway.upstream.forwarded).toMatchObject({ headers: { 'x-mlflow-workspace': 'team-a' } });
  expect(gateway.audited.at(-1)).toMatchObject({ operation: 'graphql', permission: 'graphql:read' });
  gateway.upstream.forwarded = undefined;
});

it.each([
  ['GET /graphql', '', 'invalid_field'],
  ['GET /graphql?query=x', '', 'unknown_field'],
  ['POST /graphql?query=x', QUERY, 'unknown_field'],
  ['POST /graphql', '[{"query":"q"}]', 'invalid_field'],
  ['POST /graphql', '{"query":"q","extensions":{}}', 'unknown_field'],
])('refuses %s with %s', async (line, body, reason) => {
  expect(await gateway.send(line, [], body)).toMatchObject({ status: 400, body: { reason } });
  expect(gateway.upstream.forwarded).toBeUndefined();
});

it('refuses a document without a token', async () => {
  const text = await gateway.raw(
    `POST /graphql HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: ${QUERY.length}\r\nConnection: close\r\n\r\n${QUERY}`,
  );
  expect(text).toContain('"reason":"tenant_header_missing"');
});
