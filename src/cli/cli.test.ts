import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { CHILD_ENV } from '../../dev/child-env.ts';
import { OPERATIONS } from '../catalog/generated/catalog.ts';

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, '../main.ts');

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function cli(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  try {
    const { stdout, stderr } = await run(process.execPath, [MAIN, ...args], {
      env: { ...CHILD_ENV, ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    return { code, stdout, stderr };
  }
}

describe('catalog', () => {
  it('prints every operation as JSON with method, paths, permission and strategies', async () => {
    const { code, stdout } = await cli(['catalog', '--json']);
    expect(code).toBe(0);
    const rows = JSON.parse(stdout) as Record<string, unknown>[];
    expect(rows).toHaveLength(OPERATIONS.length);
    for (const row of rows) {
      expect(row).toMatchObject({
        operation: expect.any(String),
        method: expect.stringMatching(/^(GET|POST|PUT|PATCH|DELETE)$/),
        paths: expect.arrayContaining([expect.stringMatching(/^\//)]),
        permission: expect.stringMatching(/^[a-z-]+:[a-z]+$/),
        strategies: { workspaces: { rule: expect.any(String) }, tags: { rule: expect.any(String) } },
      });
    }
  });

  it('prints a table of one group', async () => {
    const { stdout } = await cli(['catalog', '--group', 'webhooks']);
    expect(stdout).toContain('createWebhook');
    expect(stdout).not.toContain('createRun');
  });
});

describe('explain', () => {
  const viewer = ['--tenant', 'team-a', '--role', 'viewer'];

  it('allows a request, and shows the request to MLflow', async () => {
    const { code, stdout } = await cli([
      'explain',
      'GET',
      '/api/2.0/mlflow/runs/get?run_id=r1',
      ...viewer,
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      decision: 'allow',
      operation: 'getRun',
      tenant: 'team-a',
      sends: { path: '/api/2.0/mlflow/runs/get?run_id=r1', headers: { 'x-mlflow-workspace': 'team-a' } },
    });
  });

  it('accepts the path that callers send, and shows the path that MLflow receives', async () => {
    const env = { GW_PATH_PREFIX: '/team/ml', GW_UPSTREAM_PATH_PREFIX: '/x', GW_TENANCY: 'tags' };
    const run = '/api/2.0/mlflow/runs/get?run_id=0f5c6d1b9a7e4c1f8d2b3a4958671c20';
    const asked = await cli(['explain', 'GET', `/team/ml${run}`, ...viewer, '--json'], env);
    expect(JSON.parse(asked.stdout)).toMatchObject({
      decision: 'allow',
      sends: { path: `/x${run}` },
      asks: [{ path: `/x${run}` }],
    });
    const { code, stdout } = await cli(['explain', 'GET', run, ...viewer], env);
    expect(code).toBe(3);
    expect(stdout).toContain('served below /team/ml/ (GW_PATH_PREFIX)');
  });

  it('denies a request with the reason and exit code 3, and sends nothing', async () => {
    const { code, stdout } = await cli([
      'explain',
      'POST',
      '/api/2.0/mlflow/experiments/create',
      ...viewer,
      '--body',
      '{"name":"x"}',
    ]);
    expect(code).toBe(3);
    expect(stdout).toContain('deny 403 role_insufficient');
    expect(stdout).toContain('Insufficient role: required contributor, got viewer');
    expect(stdout).not.toContain('sends');
  });

  it('prints the questions of the ruling, of each strategy, and none for a request that names nothing', async () => {
    const run = '0f5c6d1b9a7e4c1f8d2b3a4958671c20';
    const explained = async (strategy: string, line: readonly string[], body?: object) => {
      const given = body === undefined ? [] : ['--body', JSON.stringify(body)];
      const args = ['explain', ...line, '--tenant', 'team-a', ...given];
      const { stdout } = await cli(args, { GW_TENANCY: strategy });
      return [...stdout.matchAll(/^question {4}(.*)$/gm)].map(([, question]) => question);
    };
    const metric = { run_id: run, key: 'k', value: 1, timestamp: 1, model_id: 'm-1' };
    const logMetric = ['POST', '/api/2.0/mlflow/runs/log-metric'];
    expect(await explained('tags', logMetric, metric)).toEqual([
      `Does team-a own run ${run}, logged-model m-1?`,
    ]);
    expect(await explained('workspaces', logMetric, metric)).toEqual([
      'Does the workspace of team-a exist?',
      'Does the workspace of team-a have logged-model m-1?',
    ]);
    const search = ['POST', '/api/2.0/mlflow/experiments/search'];
    expect(await explained('tags', search, { max_results: 1 })).toEqual([]);
  });

  it('prints the questions of each part of a GraphQL document', async () => {
    const query = '{ mlflowGetRun(input: {runId: "r1"}) { run { info { runId } } } }';
    const args = ['explain', 'POST', '/graphql', ...viewer, '--body', JSON.stringify({ query }), '--json'];
    const { stdout } = await cli(args, { GW_TENANCY: 'tags' });
    expect(JSON.parse(stdout)).toMatchObject({
      decision: 'allow',
      questions: [
        { ask: 'owned', references: [{ kind: 'run', id: 'r1' }], question: 'Does team-a own run r1?' },
      ],
    });
  });

  it('lists the lookups that it assumes to succeed', async () => {
    const body = '{"run_id":"r","key":"k","value":1,"timestamp":1,"model_id":"m-1"}';
    const { stdout } = await cli([
      'explain',
      'POST',
      '/api/2.0/mlflow/runs/log-metric',
      '--tenant',
      'team-a',
      '--body',
      body,
    ]);
    expect(stdout).toMatch(/asks MLflow GET .*logged-models\/m-1/);
  });

  it.each([
    [['explain', 'GET'], 'explain takes METHOD and PATH'],
    [['explain', 'GET', '/version'], 'needs either --token or --tenant'],
    [['explain', 'GET', '/a b', '--tenant', 'team-a'], 'cannot be sent as it is'],
    [
      ['explain', 'GET', '/version', '--token', 'x', '--role', 'admin'],
      '--role and --subject go with --tenant',
    ],
    [['serve', 'now'], 'serve takes no arguments: now'],
    [['sreve'], 'unknown command "sreve"'],
    [['catalog', '--jsno'], "Unknown option '--jsno'"],
    [['catalog', '--group', 'run'], 'unknown group "run"; the groups are '],
  ])('%j is bad usage', async (args, message) => {
    const { code, stderr } = await cli(args, {
      GW_OIDC_ISSUER: 'https://idp.example',
      GW_OIDC_AUDIENCE: 'mlflow',
    });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('serve and check', () => {
  it('report all configuration errors at once, by variable', async () => {
    const { code, stderr } = await cli(['serve'], {
      GW_LISTEN_PORT: 'eighty',
      GW_TENANCY: 'magic',
      GW_OIDC_ISSUR: 'https://idp.example',
    });
    expect(code).toBe(1);
    for (const name of [
      'GW_TARGET_BASE_URL',
      'GW_LISTEN_PORT',
      'GW_TENANCY',
      'GW_OIDC_ISSUR',
      'GW_OIDC_AUDIENCE',
    ]) {
      expect(stderr).toContain(name);
    }
    expect(stderr).not.toContain('    at ');
  });

  it('check --offline needs no MLflow', async () => {
    const env = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'http://127.0.0.1:9' };
    expect(await cli(['check', '--offline'], env)).toMatchObject({ code: 0 });
    expect(await cli(['check'], env)).toMatchObject({ code: 1, stdout: expect.stringContaining('FAIL') });
    expect((await cli(['check', '--offline'], env)).stdout).toMatch(/^ok .*\nwarn {2}Authentication is OFF/);
    expect(JSON.parse((await cli(['check', '--offline', '--json'], env)).stdout)).toMatchObject({
      ok: true,
      findings: [{ ok: true }, { ok: true, warning: true }],
    });
  });

  it('--help and --version print a text', async () => {
    expect((await cli(['--help'])).stdout).toContain('mlflow-gateway explain METHOD PATH');
    expect((await cli(['--version'])).stdout).toMatch(
      /^\d+\.\d+\.\d+ \(from source, catalog of MLflow \d+\.\d+\.\d+\)\n$/,
    );
  });
});

describe('adopt and audit-ownership', () => {
  it.each([
    [['adopt'], 'adopt needs --tenant NAME'],
    [['adopt', '--tenant', 'a'], 'adopt needs --experiment ID|NAME, --model NAME or --all-unowned'],
    [['adopt', '--tenant', 'a b', '--all-unowned'], '--tenant "a b" is not a valid tenant name'],
    [['adopt', '--tenant', '', '--all-unowned'], 'is not a valid tenant name'],
    [['adopt', '--tenant'], 'argument missing'],
    [['adopt', '--tenant', 'a', '--experiment'], 'argument missing'],
    [['adopt', '--tenant', 'a', '--experiment', ''], 'need a non-empty name'],
    [
      ['adopt', '--tenant', 'a', '--model', 'm', '--all-unowned'],
      '--all-unowned includes all experiments and models',
    ],
    [
      ['adopt', '--tenant', 'a', '--all-unowned', '--yes', '--dry-run'],
      '--yes and --dry-run exclude each other',
    ],
    [['adopt', '--tenant', 'a', '--all-unowned', '--force'], "Unknown option '--force'"],
    [
      ['adopt', '--tenant', 'a', '--all-unowned', '--unowned'],
      'adopt has no option --unowned; it takes --tenant',
    ],
    [['adopt', 'churn', '--tenant', 'a'], 'adopt takes no arguments: churn'],
    [['audit-ownership', '--tenant', 'a', '--unowned'], '--unowned lists only unowned resources'],
    [
      ['audit-ownership', '--yes'],
      'audit-ownership has no option --yes; it takes --tenant, --unowned, --json',
    ],
    [['serve', '--yes'], 'serve has no option --yes; it takes no options'],
  ])('%j is bad usage', async (args, message) => {
    const { code, stdout, stderr } = await cli(args);
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/Try: mlflow-gateway (adopt )?--help\n$/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it.each([['adopt'], ['audit-ownership']])('%s --help prints a page of its own', async (command) => {
    const { code, stdout } = await cli([command, '--help']);
    expect(stdout).toMatch(new RegExp(`^mlflow-gateway ${command} `));
    expect(stdout).toContain('Exit codes: 0 ');
    expect(code).toBe(0);
  });

  it('names the MLflow that does not answer', async () => {
    const env = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'http://127.0.0.1:9' };
    for (const args of [['adopt', '--tenant', 'a', '--all-unowned'], ['audit-ownership']]) {
      const { code, stderr } = await cli(args, env);
      expect(stderr).toMatch(/^MLflow at http:\/\/127\.0\.0\.1:9: /);
      expect(code).toBe(1);
    }
  });

  it('reports all errors of the configuration', async () => {
    const { code, stderr } = await cli(['audit-ownership'], { GW_AUTH_MODE: 'off', GW_TENANCY: 'both' });
    expect(stderr).toContain('GW_TENANCY');
    expect(stderr).toContain('GW_TARGET_BASE_URL');
    expect(code).toBe(1);
  });
});

describe('a closed reader', () => {
  const closing = async (
    args: readonly string[],
    close: readonly ('stdout' | 'stderr')[],
    env: Record<string, string> = {},
  ): Promise<{ code: number | null; stderr: string }> => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: { ...CHILD_ENV, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const name of close) child[name].destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const [code] = (await once(child, 'close')) as [number | null];
    return { code, stderr };
  };
  const env = { GW_AUTH_MODE: 'off', GW_TARGET_BASE_URL: 'http://127.0.0.1:9' };

  it.each([
    [['catalog', '--json']],
    [['catalog']],
    [['--help']],
    [['check', '--offline']],
    [['check']],
    [['explain', 'GET', '/version', '--tenant', 'team-a']],
    [['adopt', '--help']],
  ])('of %j ends the command with status 141 and without a message', async (args) => {
    expect(await closing(args, ['stdout'], env)).toEqual({ code: 141, stderr: '' });
  });

  it('of standard error changes nothing', async () => {
    expect(await closing(['audit-ownership'], ['stderr'], env)).toMatchObject({ code: 1 });
    expect(await closing(['nonsense'], ['stderr'])).toMatchObject({ code: 2 });
  });
});
