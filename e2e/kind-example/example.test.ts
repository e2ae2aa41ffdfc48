/**
 * `examples/kind` as its README describes it: the script, and then a stranger who believes nothing that it printed.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mlflowEnv } from '../../dev/mlflow-env.ts';
import { run } from '../cluster/support/command.ts';
import { eventually } from '../cluster/support/eventually.ts';
import { type Example, startExample } from './support/example.ts';
import { expectAuditLines, expectClosedByLabel } from './support/output.ts';

/** The kubeconfig of somebody who has a cluster already. */
const USERS_KUBECONFIG = `apiVersion: v1
kind: Config
current-context: production
contexts: [{name: production, context: {cluster: production, user: ""}}]
clusters: [{name: production, cluster: {server: "https://127.0.0.1:1"}}]
`;

const home = mkdtempSync(join(tmpdir(), 'kind-example-'));
const kubeconfig = join(home, 'config');
let example: Example;

beforeAll(async () => {
  writeFileSync(kubeconfig, USERS_KUBECONFIG);
  example = await startExample(kubeconfig);
});

afterAll(async () => {
  if (example !== undefined && existsSync(example.kubeconfig)) await example.remove();
  rmSync(home, { recursive: true });
});

/** The headings of steps and the first lines of commands, without what differs from run to run. */
const shown = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:== \d+\. |\$ ).*$/gm)].map(([line]) =>
    line
      .replace(/ \(after \d+ s\)$/, '')
      .replaceAll(/churn-\d+|RUN_ID|EXPERIMENT_ID|\b[0-9a-f]{32}\b|(?<="experiment_id": ")\d+|\d+s \|/g, 'X'),
  );

async function status(path: string, account?: readonly [name: string, namespace: string], body?: object) {
  const token =
    account &&
    (await example.kubectl('create', 'token', account[0], '-n', account[1], '--audience', 'mlflow'));
  const response = await fetch(`${example.url}/api/2.0/mlflow/${path}`, {
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token.trim()}` }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  return { status: response.status, text: await response.text() };
}

test('prints each step and each command that --dry-run announces, and every check passes', async () => {
  const planned = shown(await example.script('--dry-run'));
  expect(planned.length).toBeGreaterThan(30);
  // Images that are there already are neither built nor pulled.
  const announced = planned.filter((line) => !/^\$ (docker build|kind load)/.test(line));
  expect(shown(example.output)).toEqual(expect.arrayContaining(announced));
  expect(example.output).toMatch(/^\d\d checks passed, 0 failed/m);
  expect(example.output).not.toContain('FAILED');
});

test('shows MLflow open to every pod before the label, and the gateway in its place after it', () => {
  const after = expectClosedByLabel(example.output);
  expect(after).toMatch(/^mlflow\.mlflow\.svc:80 {2}-> {2}401 /m);
});

test('shows the audit lines of both teams, and of the callers who were refused', () => {
  expect(expectAuditLines(example.output)).toMatch(/^- - deny 401 searchExperimentsByGet token_missing$/m);
});

test('keeps teams apart for requests that the script did not send', async () => {
  const [ada, bob, mallory] = [
    ['ada', 'team-a'],
    ['bob', 'team-b'],
    ['mallory', 'elsewhere'],
  ] as const;
  const created = await status('experiments/create', ada, { name: 'a secret of team-a' });
  expect(created.status).toBe(200);
  const { experiment_id: id } = JSON.parse(created.text) as { experiment_id: string };
  const run = await status('runs/create', ada, { experiment_id: id });
  expect(run.status).toBe(200);
  expect((await status(`experiments/get?experiment_id=${id}`, ada)).text).toContain('a secret of team-a');
  expect((await status(`experiments/get?experiment_id=${id}`, bob)).status).toBe(404);
  const all = await status('experiments/search', bob, { max_results: 1000 });
  expect(all.status).toBe(200);
  expect(all.text).not.toContain('secret');
  expect((await status('experiments/search', undefined, { max_results: 10 })).status).toBe(401);
  expect([401, 403]).toContain((await status('experiments/search', mallory, { max_results: 10 })).status);
  // Not for MLflow: a token for the API server, as every pod has by default.
  const token = await example.kubectl('create', 'token', 'ada', '-n', 'team-a');
  const response = await fetch(`${example.url}/api/2.0/mlflow/experiments/get?experiment_id=${id}`, {
    headers: { authorization: `Bearer ${token.trim()}` },
  });
  expect(response.status).toBe(401);
});

test('the lines for Python at the end work as printed, after MLflow’s pod was replaced too', async () => {
  const lines = example.output.slice(example.output.indexOf('\n  export KUBECONFIG=')).split('\n\n')[0]!;
  const { mlflow } = await mlflowEnv();
  const type = (): Promise<string> =>
    run('bash', ['-euc', lines], {
      env: { PATH: `${dirname(mlflow)}${delimiter}${process.env.PATH}`, KUBECONFIG: kubeconfig },
    });
  const before = await type();
  expect(before).toMatch(/churn-\d+/);
  await example.kubectl('delete', 'pod', '-n', 'mlflow', '-l', 'app.kubernetes.io/instance=mlflow', '--wait');
  await example.kubectl('rollout', 'status', '-n', 'mlflow', 'deployment/mlflow', '--timeout=110s');
  await eventually('the gateway of the new pod', async () =>
    expect((await status('experiments/search', ['ada', 'team-a'], { max_results: 1 })).status).toBe(200),
  );
  expect(await type()).toBe(before);
});

test('the script can be run again: the proof passes, and MLflow’s pods stay', async () => {
  const pods = (): Promise<string> =>
    example.kubectl('get', 'pods', '-n', 'mlflow', '-o', 'jsonpath={.items[*].metadata.uid}');
  const before = await pods();
  const output = await example.script();
  expect(output).toContain('The release mlflow exists.');
  expect(output).toMatch(/^\d\d checks passed, 0 failed/m);
  expect(await pods()).toBe(before);
});

test('neither reads nor changes the kubeconfig of the user', () => {
  expect(readFileSync(kubeconfig, 'utf8')).toBe(USERS_KUBECONFIG);
  expect(readFileSync(example.kubeconfig, 'utf8')).toContain(`kind-${example.cluster}`);
});

test('--delete removes the cluster and its kubeconfig', async () => {
  await example.remove();
  expect((await run('kind', ['get', 'clusters'])).split('\n')).not.toContain(example.cluster);
  expect(existsSync(example.kubeconfig)).toBe(false);
  expect(await example.script('--delete')).toContain(`There is no cluster ${example.cluster}`);
  await expect(example.script('--prove')).rejects.toThrow('There is no cluster');
});
