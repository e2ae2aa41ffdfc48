import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

/** GraphQL through the whole line with the tags strategy, before an MLflow that only takes notes. */
let gateway: InProcessGateway;
beforeAll(async () => {
  gateway = await startInProcess({ GW_TENANCY: 'tags' });
});
afterAll(() => gateway.stop());

async function send(query: string, more: object = {}, owner = 'team-a', line = 'POST /graphql') {
  const { upstream } = gateway;
  upstream.owner = owner;
  upstream.forwarded = undefined;
  const { status, body } = await gateway.send(line, [], JSON.stringify({ query, ...more }));
  const sent = upstream.forwarded as { method: string; body?: Record<string, unknown> } | undefined;
  return { status, reason: body.reason, message: body.message, method: sent?.method, sent: sent?.body };
}

/** A document without the white space and commas that mean nothing. */
const flat = (sent: Record<string, unknown> | undefined): string => dense(String(sent?.query));
const dense = (text: string): string => text.replace(/[\s,]+/g, ' ').replace(/(?<=[({[]) | (?=[)}\]])/g, '');

describe('GraphQL', () => {
  it('is written anew, one operation, without variables', async () => {
    const query =
      'query A($d: MlflowGetRunInput!) @component(name: "x") { mlflowGetRun(input: $d) { run { info { runId } } } } query B { test { output } }';
    const more = { operationName: 'A', variables: { d: { runId: 'r1' } } };
    const { status, sent } = await send(query, more);
    expect([status, Object.keys(sent!)]).toEqual([200, ['query']]);
    expect(flat(sent)).toBe(dense('{ mlflowGetRun(input: {runId: "r1"}) { run { info { runId } } } }'));
  });

  it('takes the tenant’s clause into searches', async () => {
    const search = (input: string) => `{ mlflowSearchRuns(input: ${input}) { runs { info { runId } } } }`;
    const runs = await send(
      search(`{runViewType: ALL, maxResults: 5, experimentIds: ["0"], filter: "metrics.m > 1"}`),
    );
    expect(flat(runs.sent)).toBe(
      dense(
        search(
          `{experimentIds: ["0"], filter: "tags.tenant = 'team-a' AND metrics.m > 1", runViewType: ALL, maxResults: 5}`,
        ),
      ),
    );
    const versions = await send('{ mlflowSearchModelVersions(input: {maxResults: 7}) { nextPageToken } }');
    expect(flat(versions.sent)).toBe(
      dense(
        `{ mlflowSearchModelVersions(input: {filter: "tags.tenant = 'team-a'", maxResults: 7}) { nextPageToken } }`,
      ),
    );
  });

  it('asks whose the versions of a run are', async () => {
    const run = '{ mlflowGetRun(input: {runId: "r2"}) { run { a: modelVersions { name } info { runId } } } }';
    expect(flat((await send(run)).sent)).toBe(
      dense(
        '{ mlflowGetRun(input: {runId: "r2"}) { run { a: modelVersions { name mlflowGatewayOwner: tags { key value } } info { runId } } } }',
      ),
    );
  });

  it.each([
    ['POST /graphql', 'POST'],
    ['GET /graphql', 'POST'],
  ])('%s goes to MLflow as %s', async (line, method) => {
    expect(await send('{ test(inputString: "x") { output } }', {}, 'team-a', line)).toMatchObject({
      status: 200,
      method,
    });
  });

  const foreign = (field: string) => [`{ ${field} { __typename } }`, 404, 'resource_not_found'] as const;
  it.each<readonly [string, number, string]>([
    foreign('mlflowGetRun(input: {runId: "b1"})'),
    foreign('mlflowGetRun(input: {runUuid: "b1"})'),
    foreign('x: mlflowGetRun(input: {runId: "b1"})'),
    foreign('mlflowGetExperiment(input: {experimentId: "77"})'),
    foreign('mlflowListArtifacts(input: {runId: "b1"})'),
    foreign('mlflowGetMetricHistoryBulkInterval(input: {runIds: ["b1"], metricKey: "m"})'),
    [
      '{ ...F } fragment F on Query { mlflowGetRun(input: {runId: "b1"}) { __typename } }',
      404,
      'resource_not_found',
    ],
    [
      'query ($id: String = "b1") { mlflowGetRun(input: {runId: $id}) { __typename } }',
      404,
      'resource_not_found',
    ],
    ['{ test { output } mlflowGetRun(input: {runId: "b1"}) { __typename } }', 404, 'resource_not_found'],
    ['{ mlflowGetRun { __typename } }', 400, 'invalid_field'],
    ['{ mlflowGetRun(input: null) { __typename } }', 400, 'invalid_field'],
    ['{ mlflowGetRun(input: {}) { __typename } }', 400, 'invalid_field'],
    ['{ mlflowGetRun(input: {runId: null}) { __typename } }', 400, 'invalid_field'],
    ['{ mlflowGetExperiment(input: {experimentId: " 3"}) { __typename } }', 400, 'invalid_field'],
    ['{ mlflowListArtifacts(input: {runId: "a", path: "../x"}) { __typename } }', 400, 'invalid_field'],
    [
      '{ mlflowSearchModelVersions(input: {filter: "tags.tenant = \'b\' :: -- "}) { __typename } }',
      400,
      'invalid_field',
    ],
    ['{ mlflowSearchModelVersions(input: {maxResults: "5"}) { __typename } }', 400, 'invalid_field'],
  ])('%s of another tenant: %i %s', async (query, status, reason) => {
    expect(await send(query, {}, 'team-b')).toMatchObject({ status, reason, sent: undefined });
  });

  it('judges each part by the permission of its operation, and the schema by one of its own', async () => {
    const viewer = await startInProcess({ GW_TENANCY: 'tags', GW_DEV_ROLE: 'viewer' });
    try {
      const as = (query: string) => viewer.send('POST /graphql', [], JSON.stringify({ query }));
      expect((await as('{ test { output } }')).status).toBe(200);
      for (const query of ['{ __schema { types { name } } }', '{ x: __type(name: "Query") { name } }'])
        expect((await as(query)).body).toMatchObject({ reason: 'role_insufficient' });
      expect((await send('{ __schema { types { name } } }')).status).toBe(200);
    } finally {
      await viewer.stop();
    }
  });
});
