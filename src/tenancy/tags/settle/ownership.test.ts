import { describe, expect, it } from 'vitest';
import { KINDS, TAG_ITEM } from '../../../catalog/generated/catalog.ts';
import { lookupTurns } from '../../../concurrency/turns.ts';
import { DenialError } from '../../../denial.ts';
import { DryRunUpstream } from '../../../mlflow/dry-run-upstream.ts';
import type { OutgoingRequest, UpstreamResponse } from '../../../upstream/types.ts';
import { Kinds } from '../../kinds.ts';
import type { StoragePlace } from '../../question.ts';
import type { Caller } from '../../reference.ts';
import { StoragePlaces } from '../judge/storage-places.ts';
import { SharedExperiments } from '../shared-experiments.ts';
import { TenantTag } from '../tenant-tag.ts';
import { Ownership } from './ownership.ts';
import { ResourceLookup } from './resource-lookup.ts';
import { StorageOwnership } from './storage-ownership.ts';

/** A small MLflow: experiments 0 (unowned), 1 (a's), 2 (b's), 9 (unowned); runs in them, tagged or not. */
class SmallMlflow extends DryRunUpstream {
  readonly questions: string[] = [];
  owners: Record<string, string> = { 1: 'a', 2: 'b' };
  runs: Record<string, { in: string; owner?: string }> = {};
  pageSize = 1_000;

  override async ask({ path, body }: OutgoingRequest): Promise<UpstreamResponse> {
    this.questions.push(path);
    const id = /(?:experiment_id|run_id|name)=([^&]*)/.exec(path)?.[1] ?? '';
    if (path.includes('/experiments/get-by-name')) {
      const named = { Default: '0', mine: '1', theirs: '2', stray: '9' }[id];
      return named === undefined ? answer(404, {}) : answer(200, { experiment: this.#experiment(named) });
    }
    if (path.includes('/experiments/get')) {
      if (!['0', '1', '2', '9'].includes(id)) return answer(404, {});
      return answer(200, { experiment: this.#experiment(id) });
    }
    if (path.includes('/runs/get')) {
      return this.runs[id] === undefined ? answer(404, {}) : answer(200, { run: this.#run(id) });
    }
    if (path.includes('/runs/search')) {
      const { filter, experiment_ids } = JSON.parse(String(body)) as {
        filter: string;
        experiment_ids: string[];
      };
      const ids = [...filter.matchAll(/'([^']*)'/g)].map(([, one]) => one!);
      const found = ids.filter((one) => experiment_ids.includes(this.runs[one]?.in ?? ''));
      return answer(200, { runs: found.map((one) => this.#run(one)) });
    }
    if (path.includes('/experiments/search')) {
      const { filter, page_token = '0' } = JSON.parse(String(body)) as {
        filter: string;
        page_token?: string;
      };
      const owner = /^tags\.tenant = '(\w+)'$/.exec(filter)?.[1];
      const own = Object.keys(this.owners).filter((one) => this.owners[one] === owner);
      const next = Number(page_token) + this.pageSize;
      const page = own.slice(Number(page_token), next).map((one) => this.#experiment(one));
      return answer(200, {
        experiments: page,
        ...(next < own.length ? { next_page_token: String(next) } : {}),
      });
    }
    if (path.includes('/registered-models/get')) {
      return answer(200, { registered_model: { tags: tags(this.owners[id]) } });
    }
    throw new Error(`not expected: ${path}`);
  }

  #experiment(id: string): object {
    return { experiment_id: id, artifact_location: `mlflow-artifacts:/${id}`, tags: tags(this.owners[id]) };
  }

  #run(id: string): object {
    const run = this.runs[id]!;
    const info = {
      run_id: id,
      experiment_id: run.in,
      artifact_uri: `mlflow-artifacts:/${run.in}/${id}/artifacts`,
    };
    return { info, data: { tags: tags(run.owner) } };
  }
}

const tags = (owner: string | undefined): object[] =>
  owner === undefined ? [] : [{ key: 'tenant', value: owner }];
const answer = (status: number, body: object): UpstreamResponse => ({
  status,
  headers: {},
  body: Buffer.from(JSON.stringify(body)),
});

const A: Caller = { tenant: 'a', shared: true };
const R1 = '1'.repeat(32);
const R2 = '2'.repeat(32);
const R3 = '3'.repeat(32);

interface SetUp {
  readonly mlflow: SmallMlflow;
  readonly ownership: Ownership;
  /** Whether a path of the artifact proxy, and a URI, is the caller's. */
  readonly ownsPath: (path: string, caller: Caller, reads: boolean) => Promise<boolean>;
  readonly ownsUri: (uri: string, caller: Caller) => Promise<boolean>;
}

function setUp(): SetUp {
  const mlflow = new SmallMlflow();
  const kinds = new Kinds(KINDS);
  const resources = new ResourceLookup(mlflow, kinds, new TenantTag('tenant', TAG_ITEM), lookupTurns());
  const ownership = new Ownership(resources, new SharedExperiments(['0']));
  const storage = new StorageOwnership(ownership);
  const places = new StoragePlaces(kinds, 'mlflow-artifacts:/tenants/{tenant}');
  // A path in the tenant's artifact root needs no question.
  const owns = async (place: StoragePlace | undefined, caller: Caller): Promise<boolean> =>
    place === undefined || storage.owns(place, caller);
  return {
    mlflow,
    ownership,
    ownsPath: (value, caller, reads) =>
      owns(places.ofPath({ at: 'path', value }, { tenant: caller.tenant, reads }), caller),
    ownsUri: (value, caller) =>
      owns(places.ofUri({ at: 'source', value }, [], { tenant: caller.tenant, keeps: false }), caller),
  };
}

async function outcome(wait: Promise<void>): Promise<string> {
  try {
    await wait;
    return 'own';
  } catch (error) {
    if (error instanceof DenialError) return `${error.reason}: ${error.message}`;
    throw error;
  }
}

const experiment = (id: string) => ({ kind: 'experiment', id, at: 'experiment_id' });
const run = (id: string) => ({ kind: 'run', id, at: 'run_id' });

describe('Ownership', () => {
  it('is the tenant of the own tag, else the owner of the container, else none', async () => {
    const { mlflow, ownership } = setUp();
    mlflow.runs = {
      [R1]: { in: '1' },
      [R2]: { in: '2', owner: 'a' },
      [R3]: { in: '1', owner: 'b' },
      lost: { in: '0' },
      mine: { in: '0', owner: 'a' },
      stray: { in: '9' },
    };
    expect(await outcome(ownership.require([run(R1)], A))).toBe('own');
    expect(await outcome(ownership.require([run(R2)], A))).toBe('own');
    expect(await outcome(ownership.require([run('mine')], A))).toBe('own');
    for (const id of [R3, 'lost', 'stray', 'absent'])
      expect(await outcome(ownership.require([run(id)], A))).toBe(
        `resource_not_found: Run with id=${id} not found`,
      );
  });

  it('counts a shared experiment as own only if the caller does', async () => {
    const { mlflow, ownership } = setUp();
    expect(ownership.isKnownOwn([experiment('0')], A)).toBe(true);
    expect(await outcome(ownership.require([experiment('0')], A))).toBe('own');
    expect(mlflow.questions).toEqual([]);
    expect(await outcome(ownership.require([experiment('0')], { ...A, shared: false }))).toContain(
      'not_found',
    );
    expect(await outcome(ownership.require([experiment('9')], A))).toContain('not_found');
  });

  it('asks once for a resource of the tenant, and knows it from then on', async () => {
    const { mlflow, ownership } = setUp();
    await Promise.all([ownership.require([experiment('1')], A), ownership.require([experiment('1')], A)]);
    expect(mlflow.questions).toHaveLength(1);
    expect(ownership.isKnownOwn([experiment('1')], A)).toBe(true);
  });

  it('asks as often for another tenant’s resource as for a missing one', async () => {
    const { mlflow, ownership } = setUp();
    await ownership.require([experiment('2')], { tenant: 'b', shared: true });
    for (const id of ['2', '2', '7', '7']) {
      mlflow.questions.length = 0;
      expect(await outcome(ownership.require([experiment(id)], A))).toContain('not_found');
      expect(mlflow.questions).toHaveLength(1);
    }
  });

  it('sees a new owner at once, because a refused resource is always looked up again', async () => {
    const { mlflow, ownership } = setUp();
    expect(await outcome(ownership.require([experiment('9')], A))).toContain('not_found');
    mlflow.owners[9] = 'a';
    expect(await outcome(ownership.require([experiment('9')], A))).toBe('own');
  });

  it('caches nothing under a name', async () => {
    const { mlflow, ownership } = setUp();
    const model = { kind: 'registered-model', id: 'churn', at: 'name' };
    mlflow.owners.churn = 'a';
    expect(await outcome(ownership.require([model], A))).toBe('own');
    mlflow.owners.churn = 'b';
    expect(await outcome(ownership.require([model], A))).toContain('not_found');
  });

  it('asks for many runs with two questions, and refuses the page for one that is not own', async () => {
    const { mlflow, ownership } = setUp();
    const ids = Array.from({ length: 100 }, (_, i) => i.toString(16).padStart(32, 'a'));
    for (const id of ids) mlflow.runs[id] = { in: '1', owner: 'a' };
    expect(await outcome(ownership.require(ids.map(run), A))).toBe('own');
    expect(mlflow.questions).toHaveLength(2);
    expect(ownership.isKnownOwn(ids.map(run), A)).toBe(true);
    mlflow.runs[R2] = { in: '1', owner: 'b' };
    expect(await outcome(ownership.require([...ids, R2].map(run), A))).toContain(R2);
  });

  it('keeps the tenant’s own of many experiments, with one list of all of them', async () => {
    const { mlflow, ownership } = setUp();
    const many = Array.from({ length: 300 }, (_, i) => experiment(String(i)));
    expect(await ownership.keep(many, A)).toEqual([experiment('0'), experiment('1')]);
    expect(mlflow.questions.length).toBeLessThan(4);
    const own = [experiment('0'), experiment('1')];
    expect(ownership.isKnownOwn(own, A)).toBe(true);
    expect(await ownership.keep(own, A)).toBe(own);
  });

  it('searches among any number of the tenant’s own, learnt page by page', async () => {
    const { mlflow, ownership } = setUp();
    const own = Array.from({ length: 45 }, (_, i) => String(1000 + i));
    for (const id of own) mlflow.owners[id] = 'a';
    mlflow.pageSize = 20;
    const made = Array.from({ length: 2_000 }, (_, i) => String(50_000 + i));
    const kept = await ownership.keep([...made, ...own].map(experiment), A);
    expect(kept.map(({ id }) => id)).toEqual(own);
    expect(mlflow.questions).toHaveLength(1 + 3);
  });

  // Else one request of a megabyte would be a hundred thousand questions to MLflow.
  it('refuses a search among too many if the tenant has too many to be listed', async () => {
    const { mlflow, ownership } = setUp();
    for (let i = 0; i < 100; i++) mlflow.owners[1000 + i] = 'a';
    mlflow.pageSize = 1;
    const made = Array.from({ length: 2_000 }, (_, i) => experiment(String(50_000 + i)));
    expect(await outcome(Promise.resolve(ownership.keep(made, A)).then(() => {}))).toContain('invalid_field');
    expect(mlflow.questions.length).toBeLessThan(30);
  });

  it('stops asking soon when a request is full of made-up ids', async () => {
    const { mlflow, ownership } = setUp();
    const ids = Array.from({ length: 1000 }, (_, i) => `made-up-${i}`);
    expect(await outcome(ownership.require(ids.map(run), A))).toContain('not_found');
    expect(mlflow.questions.length).toBeLessThan(12);
  });
});

describe('a name', () => {
  it('has the owner of the resource that it names', async () => {
    const { ownership } = setUp();
    const named = (id: string) => ({ kind: 'experiment-name', id, at: 'experiment_name' });
    for (const id of ['mine', 'Default'])
      expect(await outcome(ownership.require([named(id)], A))).toBe('own');
    for (const id of ['theirs', 'stray', 'nothing'])
      expect(await outcome(ownership.require([named(id)], A))).toContain('not_found');
    const settings = { ...A, shared: false };
    expect(await outcome(ownership.require([named('Default')], settings))).toContain('not_found');
  });
});

describe('StorageOwnership', () => {
  it('is that of the resource that keeps its artifacts there', async () => {
    const { mlflow, ownsPath } = setUp();
    mlflow.runs = {
      [R1]: { in: '1', owner: 'a' },
      [R2]: { in: '2', owner: 'b' },
      [R3]: { in: '0', owner: 'a' },
    };
    const owns = (path: string): Promise<boolean> => ownsPath(path, A, true);
    for (const path of [
      'tenants/a/x',
      `1/${R1}/artifacts/x`,
      `1/${R1}/artifacts`,
      '1',
      '1/models',
      `0/${R3}/artifacts/model/MLmodel`,
    ])
      expect(await owns(path), path).toBe(true);
    for (const path of [
      '0',
      '2',
      'tenants',
      'tenants/b/x',
      'tenants/ab',
      `2/${R2}/artifacts`,
      // Own ids in another's place, and the reverse.
      `2/${R1}/artifacts/x`,
      `2/${R1}`,
      `0/${R1}/artifacts`,
      `0/${R3}`,
      `0/${R3}-x/artifacts`,
      `0/${R3}/artifacts-x`,
      `x/1/${R1}/artifacts`,
      `2/1/${R1}/artifacts`,
      '12',
      'workspaces',
      'nothing/at/all',
    ])
      expect(await owns(path), path).toBe(false);
  });

  // MLflow before 3.17 deletes by prefix on S3, GCS and Azure: `1` is the beginning of `10/...`, `tenants/a` of
  // `tenants/ab/...`. What is inside them begins as nothing of another tenant's does.
  it('does not let a tenant change a directory beside others as a whole', async () => {
    const { mlflow, ownsPath } = setUp();
    mlflow.runs = { [R1]: { in: '1', owner: 'a' } };
    const changes = (path: string): Promise<boolean> => ownsPath(path, A, false);
    for (const path of ['1', '1/', 'tenants/a', 'tenants/a/']) {
      expect(await ownsPath(path, A, true), path).toBe(true);
      expect(await changes(path), path).toBe(false);
    }
    for (const path of ['1/x', `1/${R1}`, `1/${R1}/artifacts`, `1/${R1}/artifacts/x`, 'tenants/a/x'])
      expect(await changes(path), path).toBe(true);
  });

  it('requires the host of the location in a URI that names one', async () => {
    const { mlflow, ownsUri } = setUp();
    mlflow.runs = { [R1]: { in: '1', owner: 'a' } };
    const owns = (uri: string): Promise<boolean> => ownsUri(uri, A);
    for (const uri of [`mlflow-artifacts:/1/${R1}/artifacts/x`, `mlflow-artifacts:///1/${R1}/artifacts/x`])
      expect(await owns(uri), uri).toBe(true);
    for (const uri of [
      `mlflow-artifacts://elsewhere:80/1/${R1}/artifacts/x`,
      `mlflow-artifacts://1/${R1}/artifacts/x`,
      `mlflow-artifacts:////1/${R1}/artifacts/x`,
      `MLFLOW-ARTIFACTS:/1/${R1}/artifacts/x`,
      `http://elsewhere/1/${R1}/artifacts/x`,
      'mlflow-artifacts://elsewhere/tenants/a/x',
    ])
      expect(await owns(uri), uri).toBe(false);
  });
});
