import { beforeEach, describe, expect, it } from 'vitest';
import { lookupTurns } from '../../../concurrency/turns.ts';
import { DryRunUpstream } from '../../../mlflow/dry-run-upstream.ts';
import { readRequest } from '../../testing/read-request.ts';
import { ALICE, TAGS_OPTIONS } from '../../testing/tags-options.ts';
import { TagsStrategy } from '../tags-strategy.ts';
import { NameLocks } from './name-locks.ts';
import { Ownership } from './ownership.ts';
import { ResourceLookup } from './resource-lookup.ts';

let upstream: DryRunUpstream;
let locks: NameLocks;
let strategy: TagsStrategy;
beforeEach(() => {
  upstream = new DryRunUpstream({ workspacesEnabled: false, tagKey: 'tenant' });
  upstream.owner = 'team-a';
  locks = new NameLocks(1_000);
  const { kinds, tag, sharedExperiments } = TAGS_OPTIONS;
  const turns = lookupTurns();
  strategy = new TagsStrategy({
    ...TAGS_OPTIONS,
    ownership: new Ownership(new ResourceLookup(upstream, kinds, tag, turns), sharedExperiments),
    locks,
    upstream,
    turns,
  });
});

async function settled(line: string, body?: object) {
  const request = await readRequest(line, body);
  const ruling = strategy.judge({ principal: ALICE, tenant: 'team-a', request });
  expect(upstream.requests).toEqual([]);
  return strategy.settle(ruling);
}

const RUN = '0f5c6d1b9a7e4c1f8d2b3a4958671c20';
const DATASETS = [{ dataset: { name: 'n', digest: 'd', source_type: 't', source: 's' } }];

describe('settling a ruling', () => {
  it('returns at once without questions, and if the gateway knows all answers', async () => {
    const search = await readRequest('POST /api/2.0/mlflow/experiments/search', { max_results: 1 });
    const ruling = strategy.judge({ principal: ALICE, tenant: 'team-a', request: search });
    expect(strategy.settle(ruling)).not.toBeInstanceOf(Promise);
    const read = await readRequest(`GET /api/2.0/mlflow/runs/get?run_id=${RUN}`);
    const owned = strategy.judge({ principal: ALICE, tenant: 'team-a', request: read });
    const first = strategy.settle(owned);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toMatchObject({ request: read });
    expect(strategy.settle(owned)).toMatchObject({ request: read });
    expect(upstream.requests).toHaveLength(1);
  });

  it('asks no further question after a refused one', async () => {
    upstream.owner = 'team-b';
    await expect(
      settled('POST /api/2.0/mlflow/runs/log-inputs', { run_id: RUN, datasets: DATASETS }),
    ).rejects.toMatchObject({ reason: 'resource_not_found' });
    expect(upstream.requests).toHaveLength(1);
  });

  it('keeps names locked in the verdict, and unlocks them if it refuses', async () => {
    const get = 'GET /api/2.0/mlflow/registered-models/get?name=m';
    const { nameLock } = await settled(get);
    expect(locks.size).toBe(1);
    nameLock!.release();
    expect(locks.size).toBe(0);
    upstream.requests.length = 0;
    upstream.owner = 'team-b';
    await expect(settled(get)).rejects.toMatchObject({ reason: 'resource_not_found' });
    expect(locks.size).toBe(0);
  });
});
