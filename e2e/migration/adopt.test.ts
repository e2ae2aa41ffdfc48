import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHILD_ENV } from '../../dev/child-env.ts';
import type { Fetch } from '../../dev/http.ts';
import { MAIN, type Outcome, runCommand } from '../harness/gateway-command.ts';
import { API, API3, artifactPath, type Json, ok, PROXY } from '../harness/mlflow-api.ts';
import { type Send, sendBy } from '../harness/requests/operations.ts';
import { type Stack, startStack, unique } from '../harness/stack.ts';
import { createExperiment, createRun, createTrace, type Run } from '../harness/world/resources.ts';
import { type Legacy, legacyTrace, makeLegacy } from './legacy.ts';
import { moveTrace } from './trace-location.ts';

/**
 * Tenants adopt existing data on a real MLflow, the newest and an old one, and then use it through a
 * real gateway. The attack: unowned data whose location is another tenant's.
 */
describe.each(['3.18.0', '2.22.5'])('MLflow %s', (version) => {
  let stack: Stack;
  let mlflow: Fetch;
  let send: Send;
  let env: Record<string, string>;
  const adopt = (...args: string[]): Promise<Outcome> => runCommand(['adopt', '--tenant', ...args], env);
  const audit = async (...args: string[]): Promise<{ code: number; told: Json }> => {
    const { code, stdout, stderr } = await runCommand(['audit-ownership', '--json', ...args], env);
    expect(stderr).not.toContain('Error');
    return { code, told: JSON.parse(stdout) as Json };
  };
  const post = (path: string, json: unknown): Promise<Json> => ok(mlflow, `${API}/${path}`, json);
  const runTags = async (run_id: string): Promise<Json> => {
    const { run } = await ok(mlflow, `${API}/runs/get?run_id=${run_id}`);
    const tags = Object.fromEntries((run.data.tags as Json[]).map(({ key, value }) => [key, value]));
    return { tenant: tags.tenant, stage: run.info.lifecycle_stage };
  };
  const ownerOf = async (experiment_id: string): Promise<string | undefined> => {
    const { experiment } = await ok(mlflow, `${API}/experiments/get?experiment_id=${experiment_id}`);
    return ((experiment.tags ?? []) as Json[]).find(({ key }) => key === 'tenant')?.value;
  };
  const makeExperiment = (more: Json = {}): Promise<string> =>
    createExperiment(send, { name: unique('e'), ...more });
  const makeRun = (experiment_id: string, owner?: string): Promise<Run> =>
    createRun(send, {
      experiment_id,
      start_time: 1,
      tags: owner === undefined ? [] : [{ key: 'tenant', value: owner }],
    });
  const owned = (tenant: string): Json => ({ tags: [{ key: 'tenant', value: tenant }] });

  beforeAll(async () => {
    stack = await startStack({
      auth: 'off',
      workspaces: false,
      mlflow: { version, listen: { port: 0 } },
      env: { GW_TENANT_ARTIFACT_ROOT: 'mlflow-artifacts:/tenants/{tenant}' },
    });
    mlflow = stack.direct();
    send = sendBy(mlflow, version);
    env = {
      GW_AUTH_MODE: 'off',
      GW_TARGET_BASE_URL: stack.mlflow.address,
      GW_TENANT_ARTIFACT_ROOT: 'mlflow-artifacts:/tenants/{tenant}',
    };
  });
  afterAll(() => stack?.stop());

  describe('two experiments with models and prompts', () => {
    let one: Legacy;
    let two: Legacy;
    const asked = (): string[] => [
      ...['--experiment', one.experiment, '--experiment', two.experimentName],
      ...['--model', one.model, '--model', one.prompt, '--model', two.model, '--model', two.prompt],
    ];
    beforeAll(async () => {
      one = await makeLegacy(send);
      two = await makeLegacy(send);
    });

    test('before the adoption: the audit lists them as unowned, by name', async () => {
      const { code, told } = await audit('--unowned');
      expect(code).toBe(3);
      const unowned = (told.problems as Json[]).map(({ kind, id, title }) => `${kind} ${title ?? id}`);
      expect(unowned).toEqual(
        expect.arrayContaining([
          `experiment ${one.experimentName}`,
          `experiment ${two.experimentName}`,
          `registered-model ${one.model}`,
          `registered-model ${one.prompt}`,
          ...(one.dataset === undefined ? [] : [`dataset ${one.secret}`]),
        ]),
      );
      const held = (told.problems as Json[]).find(({ id }) => id === one.experiment)!.holds;
      expect(held).toEqual({
        run: 3,
        trace: 1,
        ...(one.loggedModel === undefined ? {} : { 'logged-model': 1 }),
      });
      const refused = await stack.as('team-a')(`${API}/runs/get?run_id=${one.parent}`);
      expect(refused.status).toBe(404);
    });

    test('without --yes it is a dry run that changes nothing', async () => {
      const { code, stdout } = await adopt('team-a', ...asked());
      expect(stdout).toMatch(/^run +6 +0 +0$/m);
      expect(stdout).toMatch(/^registered-model +4 +0 +0$/m);
      expect(stdout).toContain(`adopt    experiment ${one.experiment} (${one.experimentName})\n`);
      expect(stdout).toContain(`adopt    registered-model ${one.prompt}\n`);
      expect(stdout).toContain('Nothing was written. Run the same command with --yes to write.');
      expect(code).toBe(0);
      expect(await ownerOf(one.experiment)).toBeUndefined();
      expect((await adopt('team-a', ...asked(), '--dry-run')).stdout).toBe(stdout);
    });

    test('--yes adopts all of it; a second run finds nothing to do', async () => {
      const { code, stdout, stderr } = await adopt('team-a', ...asked(), '--yes', '--json');
      expect(stderr).toContain('You can stop this at any time');
      expect(code, stdout).toBe(0);
      const { plan, done, written } = JSON.parse(stdout) as Json;
      expect(written).toBe(true);
      expect(done.counts).toEqual(plan.counts);
      expect(done.counts.run).toEqual({ adopted: 6, already: 0, left: 0, failed: 0 });
      expect(done.counts['model-version'].adopted).toBe(4);
      expect(await runTags(one.child)).toEqual({ tenant: 'team-a', stage: 'active' });
      expect(await runTags(one.deleted)).toEqual({ tenant: 'team-a', stage: 'deleted' });
      const again = JSON.parse((await adopt('team-a', ...asked(), '--yes', '--json')).stdout) as Json;
      for (const count of Object.values(again.done.counts) as Json[])
        expect(count).toMatchObject({ adopted: 0, left: 0, failed: 0 });
      expect(again.done.counts.run.already).toBe(6);
      const { code: clean, told } = await audit('--tenant', 'team-a');
      expect(told.problems).toEqual([]);
      expect(told.tenants['team-a'].run).toEqual({ owned: 6, untagged: 0 });
      expect(clean).toBe(0);
    });

    test('after the adoption: the tenant reads and searches its resources', async () => {
      const team = stack.as('team-a', 'admin');
      const read = (path: string, json?: unknown): Promise<Json> => ok(team, path, json);
      const experiments = await read(`${API}/experiments/search`, { max_results: 100 });
      expect((experiments.experiments as Json[]).map(({ experiment_id }) => experiment_id)).toEqual(
        expect.arrayContaining([one.experiment, two.experiment]),
      );
      const runs = async (run_view_type: string): Promise<string[]> =>
        (
          (
            await read(`${API}/runs/search`, {
              experiment_ids: [one.experiment],
              run_view_type,
              filter: '',
            })
          ).runs as Json[]
        ).map(({ info }) => info.run_id);
      expect((await runs('ACTIVE_ONLY')).sort()).toEqual([one.parent, one.child].sort());
      expect(await runs('DELETED_ONLY')).toEqual([one.deleted]);
      const artifact = await team(`${PROXY}/${artifactPath(one.runUri)}/secret.txt`);
      expect(await artifact.text()).toBe(one.secret);
      const versions = await read(
        `${API}/model-versions/search?filter=${encodeURIComponent(`name = '${one.model}'`)}`,
      );
      expect(versions.model_versions).toHaveLength(1);
      const champion = await read(`${API}/registered-models/alias?name=${one.model}&alias=champion`);
      expect(champion.model_version.version).toBe('1');
      const prompts = await read(
        `${API}/registered-models/search?filter=${encodeURIComponent("tags.`mlflow.prompt.is_prompt` = 'true'")}`,
      );
      expect((prompts.registered_models as Json[]).map(({ name }) => name)).toContain(one.prompt);
      // With a shared experiment a search finds only resources that have the tag themselves.
      const traces = await read(`${API}/traces?experiment_ids=${one.experiment}&experiment_ids=0`);
      expect((traces.traces as Json[]).map(({ request_id }) => request_id)).toEqual([one.trace]);
      if (one.loggedModel !== undefined) {
        const models = await read(`${API}/logged-models/search`, { experiment_ids: [one.experiment] });
        expect((models.models as Json[]).map(({ info }) => info.model_id)).toEqual([one.loggedModel]);
      }
      if (one.dataset !== undefined) {
        const datasets = await read(`${API3}/datasets/search`, { experiment_ids: [one.experiment] });
        expect((datasets.datasets as Json[]).map(({ dataset_id }) => dataset_id)).toEqual([one.dataset]);
      }
    });

    test('after the adoption: the tenant writes, restores and deletes them', async () => {
      const team = stack.as('team-a', 'admin');
      const write = (path: string, json: unknown): Promise<Json> => ok(team, `${API}/${path}`, json);
      await write('runs/log-metric', { run_id: one.child, key: 'm', value: 1, timestamp: 1 });
      const { run } = await write('runs/create', { experiment_id: one.experiment });
      expect(await runTags(run.info.run_id)).toEqual({ tenant: 'team-a', stage: 'active' });
      await write('runs/restore', { run_id: one.deleted });
      await write('runs/delete', { run_id: one.parent });
      await write('model-versions/create', {
        name: one.model,
        source: `runs:/${one.child}/model`,
        run_id: one.child,
      });
      await write('registered-models/alias', { name: one.model, alias: 'champion', version: '2' });
      await write('traces/delete-traces', { experiment_id: one.experiment, request_ids: [one.trace] });
      await write('experiments/delete', { experiment_id: one.experiment });
      await write('experiments/restore', { experiment_id: one.experiment });
    });

    test('after the adoption: another tenant sees nothing of it', async () => {
      const other = stack.as('team-b', 'admin');
      const paths = [
        `${API}/experiments/get?experiment_id=${two.experiment}`,
        `${API}/runs/get?run_id=${two.parent}`,
        `${API}/registered-models/get?name=${two.model}`,
        `${API}/model-versions/get?name=${two.prompt}&version=1`,
        `${API}/traces/${two.trace}/info`,
        `${PROXY}/${artifactPath(two.runUri)}/secret.txt`,
      ];
      for (const path of paths) expect((await other(path)).status, path).toBe(404);
      const found = await ok(other, `${API}/experiments/search`, { max_results: 1000 });
      expect(JSON.stringify(found)).not.toContain(two.experimentName);
    });

    test('after the adoption: another tenant cannot adopt it', async () => {
      const { code, stdout } = await adopt(
        'team-b',
        '--experiment',
        two.experiment,
        '--model',
        two.model,
        '--yes',
      );
      expect(stdout).toContain('it belongs to team-a');
      expect(code).toBe(3);
      expect(await ownerOf(two.experiment)).toBe('team-a');
    });
  });

  describe('an interrupted adoption', () => {
    test('SIGKILL among the runs: the next adoption completes it', async () => {
      const experiment = await makeExperiment();
      const dead: string[] = [];
      for (let i = 0; i < 60; i++) {
        const { run_id } = await makeRun(experiment);
        if (i % 2 === 1) continue;
        dead.push(run_id);
        await post('runs/delete', { run_id });
      }
      const args = ['adopt', '--tenant', 'team-a', '--experiment', experiment, '--yes', '--json'];
      const child = execFile(process.execPath, [MAIN, ...args], {
        env: { ...CHILD_ENV, ...env },
      });
      const gone = new Promise<NodeJS.Signals | null>((done) =>
        child.once('exit', (_, signal) => done(signal)),
      );
      const tagged = async (): Promise<number> => {
        const { runs } = await post('runs/search', {
          experiment_ids: [experiment],
          run_view_type: 'ALL',
          filter: "tags.tenant = 'team-a'",
        });
        return ((runs ?? []) as Json[]).length;
      };
      // After the thirty active runs: then some deleted ones are restored at this moment.
      while ((await tagged()) < 34) await sleep(5);
      child.kill('SIGKILL');
      expect(await gone).toBe('SIGKILL');
      // MLflow completes the last request.
      await sleep(1_000);
      const half = await tagged();
      expect(half).toBeLessThan(60);
      const { code, stdout } = await adopt('team-a', '--experiment', experiment, '--yes', '--json');
      expect(code, stdout).toBe(0);
      expect((JSON.parse(stdout) as Json).done.counts.run.adopted).toBe(60 - half);
      expect(await tagged()).toBe(60);
      for (const run_id of dead) expect((await runTags(run_id)).stage).toBe('deleted');
      const { experiment: after } = await ok(mlflow, `${API}/experiments/get?experiment_id=${experiment}`);
      const mark = (after.tags as Json[]).find(({ key }) => key === 'mlflow-gateway.adopting');
      // MLflow before 3.5 cannot remove a tag.
      expect(mark?.value ?? '').toBe('');
    });

    test('deletes the runs again that it had restored', async () => {
      const experiment = await makeExperiment();
      const [left, other] = [await makeRun(experiment), await makeRun(experiment)];
      await post('experiments/set-experiment-tag', {
        experiment_id: experiment,
        key: 'mlflow-gateway.adopting',
        value: left.run_id,
      });
      expect((await adopt('team-a', '--experiment', experiment, '--yes')).code).toBe(0);
      expect(await runTags(left.run_id)).toEqual({ tenant: 'team-a', stage: 'deleted' });
      expect(await runTags(other.run_id)).toEqual({ tenant: 'team-a', stage: 'active' });
    });
  });

  describe('resources that must keep their owner', () => {
    test('a run of another tenant in an unowned experiment', async () => {
      const experiment = await makeExperiment();
      const theirs = await makeRun(experiment, 'team-b');
      const unowned = await makeRun(experiment);
      const { code, stdout } = await adopt('team-a', '--experiment', experiment, '--yes');
      expect(code).toBe(3);
      expect(stdout).toContain(`left     run ${theirs.run_id}`);
      expect((await runTags(theirs.run_id)).tenant).toBe('team-b');
      expect((await runTags(unowned.run_id)).tenant).toBe('team-a');
      const { told } = await audit('--tenant', 'team-b');
      expect(told.problems).toMatchObject([{ is: 'crossed', id: theirs.run_id, in: experiment }]);
    });

    test.each([
      ['in the directory of an experiment', (location: string) => `${location}/inside`],
      ['at the directory itself, spelled otherwise', (location: string) => location.replace(':/', ':///')],
      ['above it', () => 'mlflow-artifacts:/'],
      ['in the root that is kept for a tenant', () => 'mlflow-artifacts:/tenants/team-b/x'],
      ['above all such roots', () => 'mlflow-artifacts:/tenants'],
      ['in the shared experiment', () => 'mlflow-artifacts:/0/x'],
    ])("an experiment that keeps its artifacts %s of another tenant's", async (_, place) => {
      const theirs = await makeExperiment(owned('team-b'));
      const { experiment } = await ok(mlflow, `${API}/experiments/get?experiment_id=${theirs}`);
      const trap = await makeExperiment({ artifact_location: place(experiment.artifact_location) });
      const { code, stdout } = await adopt('team-a', '--experiment', trap, '--yes');
      expect(code, stdout).toBe(3);
      expect(stdout).toMatch(new RegExp(`^left +experiment ${trap} `, 'm'));
      expect(await ownerOf(trap)).toBeUndefined();
    });

    test('adopts an experiment outside the tenant’s root with a warning', async () => {
      const odd = await makeExperiment({ artifact_location: 's3://somewhere/else' });
      const { code, stdout } = await adopt('team-a', '--experiment', odd, '--yes');
      expect(stdout).toMatch(new RegExp(`^warning +experiment ${odd} .*s3://somewhere/else`, 'm'));
      expect(code).toBe(0);
      expect(await ownerOf(odd)).toBe('team-a');
    });

    test("a trace whose location is another tenant's run", async () => {
      const theirs = await makeRun(await makeExperiment(owned('team-b')));
      const experiment = await makeExperiment();
      const trace = await createTrace(send, legacyTrace(experiment, 'x'));
      moveTrace(join(stack.dir, 'mlflow'), trace, theirs.artifact_uri);
      const { code, stdout } = await adopt('team-a', '--experiment', experiment, '--yes');
      expect(code).toBe(3);
      expect(stdout).toMatch(
        new RegExp(`^left +trace ${trace} in ${experiment}: .*which belongs to team-b`, 'm'),
      );
      expect(await ownerOf(experiment)).toBeUndefined();
      expect((await stack.as('team-a')(`${API}/traces/${trace}/info`)).status).toBe(404);
    });

    test("a model with a version from another tenant's run, marked as a prompt", async () => {
      const theirs = await makeRun(await makeExperiment(owned('team-b')));
      const name = unique('model');
      await post('registered-models/create', { name });
      await post('model-versions/create', { name, source: theirs.artifact_uri, run_id: theirs.run_id });
      const look = (): Promise<Outcome> => adopt('team-a', '--model', name, '--yes');
      const plain = await look();
      expect(plain.stdout).toContain(`it comes from run "${theirs.run_id}", which belongs to team-b`);
      expect(plain.code).toBe(3);
      await post('model-versions/create', {
        name,
        source: 'dummy-source',
        tags: [{ key: 'mlflow.prompt.is_prompt', value: 'true' }],
      });
      const hidden = await look();
      expect(hidden.stdout).toContain(`it comes from run "${theirs.run_id}", which belongs to team-b`);
      expect(hidden.code).toBe(3);
      const copy = unique('copy');
      await post('registered-models/create', { name: copy });
      await post('model-versions/create', { name: copy, source: `models:/${name}/1` });
      const both = await adopt('team-a', '--model', copy, '--model', name, '--yes');
      expect(both.stdout).toMatch(
        new RegExp(
          `^left +model-version 1 in ${copy}: it .* from run "${theirs.run_id}", which belongs to team-b`,
          'm',
        ),
      );
      expect((await stack.as('team-a')(`${API}/registered-models/get?name=${copy}`)).status).toBe(404);
    });

    test('a dataset that is also in an experiment of another tenant', async () => {
      const [theirs, unowned] = [await makeExperiment(owned('team-b')), await makeExperiment()];
      const name = unique('dataset');
      const made = await mlflow(`${API3}/datasets/create`, {
        json: { name, experiment_ids: [unowned, theirs] },
      });
      const { code, stdout } = await adopt('team-a', '--experiment', unowned, '--yes');
      if (version === '2.22.5') {
        expect([made.status, code]).toEqual([404, 0]);
        return;
      }
      expect(made.status).toBe(200);
      expect(stdout).toContain(`(${name}): it is in experiment ${theirs} too, which belongs to team-b`);
      expect(code).toBe(3);
    });

    test("the AI gateway's own experiment cannot be adopted", async () => {
      const tags = [{ key: 'mlflow.experiment.isGateway', value: 'true' }];
      const servers = await makeExperiment({ tags });
      const { stdout } = await adopt('team-a', '--all-unowned');
      expect(stdout).toMatch(new RegExp(`^warning +experiment ${servers} .*left alone`, 'm'));
      const asked = await adopt('team-a', '--experiment', servers);
      expect(asked.stdout).toMatch(/^experiment +1 +0 +0$/m);
      expect(asked.stdout).toMatch(new RegExp(`^warning +experiment ${servers} `, 'm'));
    });

    test('a deleted experiment, and one with a misspelt tenant tag', async () => {
      const deleted = await makeExperiment();
      await post('experiments/delete', { experiment_id: deleted });
      const odd = await makeExperiment({ tags: [{ key: 'Tenant', value: 'somebody' }] });
      const { code, stdout } = await adopt('team-a', '--experiment', deleted, '--experiment', odd, '--yes');
      expect(code).toBe(3);
      expect(stdout).toContain('restore it, adopt it, delete it again');
      expect(stdout).toContain('it has a tag "Tenant", which some databases treat as tenant');
      expect(await ownerOf(odd)).toBeUndefined();
    });

    test('adopts the runs of a shared experiment, not the experiment', async () => {
      const [mine, theirs] = [await makeRun('0'), await makeRun('0', 'team-b')];
      const { code, stdout } = await adopt('team-c', '--experiment', 'Default', '--yes');
      expect(code, stdout).toBe(0);
      expect((await runTags(mine.run_id)).tenant).toBe('team-c');
      expect((await runTags(theirs.run_id)).tenant).toBe('team-b');
      expect(await ownerOf('0')).toBeUndefined();
    });
  });

  test('adopts the untagged runs of an experiment of the tenant', async () => {
    const experiment = await makeExperiment(owned('team-d'));
    const run = await makeRun(experiment);
    const before = await audit('--tenant', 'team-d');
    expect(before.told.tenants['team-d'].run).toEqual({ owned: 1, untagged: 1 });
    expect(before.code).toBe(3);
    expect((await adopt('team-d', '--experiment', experiment, '--yes')).code).toBe(0);
    expect((await runTags(run.run_id)).tenant).toBe('team-d');
    expect((await audit('--tenant', 'team-d')).code).toBe(0);
  });

  test('leaves a deleted experiment of the tenant unchanged', async () => {
    const experiment = await makeExperiment(owned('team-d'));
    const run = await makeRun(experiment);
    await post('experiments/delete', { experiment_id: experiment });
    const { code, stdout } = await adopt('team-d', '--experiment', experiment, '--yes');
    expect(stdout).toMatch(new RegExp(`^warning +experiment ${experiment} .*it is deleted`, 'm'));
    expect(code).toBe(0);
    expect(await runTags(run.run_id)).toEqual({ tenant: undefined, stage: 'deleted' });
    await post('experiments/restore', { experiment_id: experiment });
    expect((await adopt('team-d', '--experiment', experiment, '--yes')).code).toBe(0);
    expect(await runTags(run.run_id)).toEqual({ tenant: 'team-d', stage: 'active' });
  });

  test('two concurrent adoptions, for one tenant and for two', async () => {
    const same = await makeLegacy(send);
    const both = await Promise.all(
      [1, 2].map(() => adopt('team-e', '--experiment', same.experiment, '--yes')),
    );
    const again = await adopt('team-e', '--experiment', same.experiment, '--yes');
    expect(again.code, [...both, again].map(({ stdout }) => stdout).join('\n')).toBe(0);
    expect(await runTags(same.deleted)).toEqual({ tenant: 'team-e', stage: 'deleted' });
    const contested = await makeExperiment();
    const runs = await Promise.all(Array.from({ length: 20 }, () => makeRun(contested)));
    const outcomes = await Promise.all(
      ['team-f', 'team-g'].map((tenant) => adopt(tenant, '--experiment', contested, '--yes')),
    );
    // One of the two owns the experiment, and the other one gets an error.
    const owner = await ownerOf(contested);
    expect(['team-f', 'team-g']).toContain(owner);
    expect(outcomes.map(({ code }) => code)[owner === 'team-f' ? 1 : 0]).not.toBe(0);
    const owners = await Promise.all(runs.map(async ({ run_id }) => (await runTags(run_id)).tenant));
    const { told } = await audit();
    const crossed = (told.problems as Json[]).filter((one) => one.is === 'crossed' && one.in === contested);
    expect(crossed).toHaveLength(owners.filter((one) => one !== owner).length);
  });

  test('--all-unowned adopts everything else, and the audit finds no problem', async () => {
    await makeLegacy(send);
    const server = `com.example/${unique('server')}`;
    const made = await mlflow(`${API3}/mcp-servers`, { json: { name: server, description: 'd' } });
    const skill = { name: unique('skill'), organization: 'acme' };
    const skilled = await mlflow(`${API3}/skills`, { json: skill });
    const { code, stdout } = await adopt('team-z', '--all-unowned', '--yes', '--json');
    const { done, plan } = JSON.parse(stdout) as Json;
    expect(done.counts.experiment.adopted).toBeGreaterThan(0);
    expect(done.findings.filter(({ result }: Json) => result === 'failed')).toEqual([]);
    // The traps above are left.
    expect(code).toBe(3);
    expect(made.ok).toBe(version === '3.18.0');
    if (made.ok) await ok(stack.as('team-z'), `${API3}/mcp-servers/${server}`);
    expect(skilled.ok).toBe(version === '3.18.0');
    if (skilled.ok) await ok(stack.as('team-z'), `${API3}/skills/@acme/${skill.name}`);
    const left = new Set(
      (plan.findings as Json[]).filter(({ result }) => result === 'left').map(({ id }) => id),
    );
    const { told } = await audit('--unowned');
    for (const { id } of told.problems as Json[]) expect([...left]).toContain(id);
  });

  test('reports missing resources before it writes', async () => {
    const there = await makeExperiment();
    const { code, stderr } = await adopt('team-a', '--experiment', there, '--experiment', 'nowhere', '--yes');
    expect(stderr).toContain('there is no experiment "nowhere"');
    expect(code).toBe(1);
    expect(await ownerOf(there)).toBeUndefined();
  });
});

test('with workspaces both commands explain the alternative', async () => {
  const stack = await startStack({ auth: 'off', tenants: [] });
  try {
    const env = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: stack.mlflow.address };
    for (const args of [['adopt', '--tenant', 'a', '--all-unowned'], ['audit-ownership']]) {
      const { code, stderr } = await runCommand(args, env);
      expect(stderr).toContain('This MLflow separates tenants by workspaces');
      expect(stderr).toContain('mlflow db move-resources');
      expect(code).toBe(1);
    }
  } finally {
    await stack.stop();
  }
});
