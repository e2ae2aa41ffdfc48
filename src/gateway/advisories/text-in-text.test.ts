/**
 * With a scorer in a string that Python reads as JSON and RFC 8259 does not (`{"x":NaN,...}`) a contributor bound an endpoint
 * of the AI gateway; with a tag of MLflow 3.18 a contributor made its server run jobs.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InProcessGateway, startInProcess } from '../../testing/in-process.ts';

describe.each(['workspaces', 'tags'])('under %s', (strategy) => {
  let gateway: InProcessGateway;
  beforeAll(async () => {
    gateway = await startInProcess({ GW_TENANCY: strategy, GW_UNKNOWN_MLFLOW_TAGS: 'refuse' });
  });
  afterAll(async () => {
    await gateway.stop();
  });
  const post = (path: string, body: object) => gateway.send(`POST ${path}`, [], JSON.stringify(body));
  const register = (serialized_scorer: string) =>
    post('/api/3.0/mlflow/scorers/register', { experiment_id: '7', name: 's', serialized_scorer });

  it.each([
    '{"x":NaN,"model":"g\\u0061teway:/gpt"}',
    '{"model":"openai:/gpt","model":"gateway:/gpt"}',
    '{"x":"\\ud800"}',
  ])('refuses a scorer %s', async (text) => {
    const answer = await register(text);
    expect([answer.status, answer.body.reason]).toEqual([400, 'invalid_field']);
    expect(answer.body.message).toContain('serialized_scorer');
  });

  it.each([
    '{"model":"endpoints:/chat"}',
    '{"call_source":"import os"}',
    '{"d":{"inference_params":{"api_base":"http://127.0.0.1:5100"}}}',
  ])('refuses a contributor’s scorer %s', async (text) => {
    const answer = await register(text);
    expect([answer.status, answer.body.reason]).toEqual([403, 'platform_admin_only']);
  });

  it('sends a scorer as the gateway read it', async () => {
    expect((await register('{ "model" : "openai:/gp\\u0074" }')).status).toBe(200);
    expect(gateway.upstream.forwarded?.body).toMatchObject({ serialized_scorer: '{"model":"openai:/gpt"}' });
  });

  it.each([
    ['mlflow.issueDetection.schedule', 'platform_admin_only'],
    ['mlflow.issuedetection.SCHEDULETraceFilter', 'platform_admin_only'],
    ['MLFLOW.issuedetection.scheduleState', 'reserved_tag'],
    ['mlflow.issueDetection.checkpoint', 'reserved_tag'],
    ['mlflow.newerThanTheCatalog', 'reserved_tag'],
    ['mlflow.note.content', undefined],
  ])('answers the tag %s of an experiment with the reason %s', async (key, reason) => {
    const answer = await post('/api/2.0/mlflow/experiments/set-experiment-tag', {
      experiment_id: '7',
      key,
      value: '{}',
    });
    expect([answer.status, answer.body.reason]).toEqual([reason === undefined ? 200 : 403, reason]);
  });

  it('refuses a reserved tag in the text of a dataset', async () => {
    const answer = await post('/api/3.0/mlflow/datasets/create', {
      name: 'd',
      experiment_ids: ['7'],
      tags: '{"mlflow.newerThan\\u0054heCatalog":"1"}',
    });
    expect([answer.status, answer.body.reason]).toEqual([403, 'reserved_tag']);
  });
});
