import { describe, expect, it } from 'vitest';
import { denialOf } from '../../../http/testing.ts';
import type { TagsRuling } from '../../ruling.ts';
import { readRequest } from '../../testing/read-request.ts';
import { ALICE, TAGS_OPTIONS } from '../../testing/tags-options.ts';
import { TagsJudge } from './tags-judge.ts';

/** Judging has no upstream at all: everything it knows is the request, the catalog and the configuration. */
const judge = new TagsJudge({ ...TAGS_OPTIONS, artifactRoot: 'mlflow-artifacts:/tenants/{tenant}' });

async function rulingOn(line: string, body?: object): Promise<TagsRuling> {
  return judge.judge({ principal: ALICE, tenant: 'team-a', request: await readRequest(line, body) });
}

const RUN = '0f5c6d1b9a7e4c1f8d2b3a4958671c20';
const DATASETS = [{ dataset: { name: 'n', digest: 'd', source_type: 't', source: 's' } }];

describe('the questions of a ruling', () => {
  it.each<[string, string, object | undefined, string[]]>([
    ['a search', 'POST /api/2.0/mlflow/experiments/search', { max_results: 1 }, []],
    ['a reference', `GET /api/2.0/mlflow/runs/get?run_id=${RUN}`, undefined, ['owned']],
    ['a search in experiments', 'POST /api/2.0/mlflow/runs/search', { experiment_ids: ['7'] }, ['search-in']],
    [
      'datasets, which a shared experiment does not take',
      'POST /api/2.0/mlflow/runs/log-inputs',
      { run_id: RUN, datasets: DATASETS },
      ['owned', 'not-shared'],
    ],
    [
      'a version that may create its server',
      'POST /api/3.0/mlflow/mcp-servers/x/s/versions',
      { server_json: { name: 'x/s', version: '1.0.0' } },
      ['create-first', 'owned'],
    ],
    [
      'an endpoint inside a server',
      'GET /api/3.0/mlflow/mcp-servers/x%2Fs/endpoints/5',
      undefined,
      ['owned', 'inside'],
    ],
    ['a path of artifacts', `GET /api/2.0/mlflow-artifacts/artifacts/7/${RUN}/x`, undefined, ['storage']],
    ['the tenant’s artifact root', 'GET /api/2.0/mlflow-artifacts/artifacts/tenants/team-a/x', undefined, []],
    [
      'servers, of which the tenant’s are listed first',
      'GET /api/3.0/mlflow/mcp-servers/endpoints',
      undefined,
      ['list-owned'],
    ],
  ])('follow from %s', async (_, line, body, asks) => {
    const { questions } = await rulingOn(line, body);
    expect(questions.map(({ ask }) => ask)).toEqual(asks);
  });

  it('name each resource once, with the field that it stands in', async () => {
    const metric = { key: 'k', value: 1, timestamp: 1, model_id: 'm-1' };
    const body = { run_id: RUN, metrics: [metric, metric] };
    expect(await rulingOn('POST /api/2.0/mlflow/runs/log-batch', body)).toMatchObject({
      questions: [
        {
          ask: 'owned',
          references: [
            { kind: 'run', id: RUN, at: 'run_id' },
            { kind: 'logged-model', id: 'm-1', at: 'metrics.model_id' },
          ],
        },
      ],
      lookups: 2,
      names: undefined,
    });
  });
});

describe('a ruling', () => {
  it('locks the names that a request uses and takes', async () => {
    const body = { name: 'old', new_name: 'new' };
    expect((await rulingOn('POST /api/2.0/mlflow/registered-models/rename', body)).names).toEqual({
      shared: ['registered-model\nold'],
      exclusive: ['registered-model\nnew'],
      perTenant: [],
    });
  });

  it('compares the owner of a name in the response that is its lookup, else by a further question', async () => {
    const get = await rulingOn('GET /api/2.0/mlflow/registered-models/get?name=m');
    expect(get).toMatchObject({ response: { rule: 'require-owner', reference: { id: 'm' } } });
    expect(get.askedAgain).toBeUndefined();
    const version = await rulingOn('GET /api/2.0/mlflow/model-versions/get?name=m&version=1');
    expect(version).toMatchObject({ response: undefined, askedAgain: [{ id: 'm' }] });
  });

  it('is data, and the same each time a request is judged', async () => {
    for (const [line, body] of [
      [`GET /api/2.0/mlflow/runs/get?run_id=${RUN}`, undefined],
      ['POST /api/2.0/mlflow/runs/search', { experiment_ids: ['0', '7'], filter: 'metrics.m > 1' }],
      ['POST /api/3.0/mlflow/mcp-servers', { name: 'x/s' }],
      ['GET /api/2.0/mlflow/registered-models/get?name=m', undefined],
    ] as const) {
      const first = await rulingOn(line, body);
      // A function could not be cloned.
      expect(structuredClone(first)).toEqual(await rulingOn(line, body));
    }
  });

  it('returns no question for a refused request', async () => {
    const body = { experiment_id: '0', new_name: 'x' };
    const request = await readRequest('POST /api/2.0/mlflow/experiments/update', body);
    expect(denialOf(() => judge.judge({ principal: ALICE, tenant: 'team-a', request })).reason).toBe(
      'platform_admin_only',
    );
  });
});
