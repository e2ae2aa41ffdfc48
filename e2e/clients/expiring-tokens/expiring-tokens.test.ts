import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DemoClaims } from '../../../dev/demo-idp.ts';
import { mlflowEnv } from '../../../dev/mlflow-env.ts';
import { type AuditLine, type Stack, startStack } from '../../harness/stack.ts';
import { type Client, runClient, startClient } from '../python.ts';
import type { ClientReport } from '../report.ts';
import { type Flavour, pythonWith, unpackedWheel } from './helper-package.ts';
import { type ShortLivedIdp, startShortLivedIdp } from './short-lived-idp.ts';
import { type SlowPath, startSlowPath } from './slow-path.ts';

const TENANT = 'team-a';
const OTHER = 'team-b';
/** Seconds of the run whose result docs/clients.md has; CI's is shorter. */
const LONG = Number(process.env.MLFLOW_GATEWAY_LONG_RUN_SECONDS ?? 0);
const TOKEN_SECONDS = LONG ? 10 : 5;
const RUN_SECONDS = LONG || 15;
/** The upload takes longer than two tokens live. */
const UPLOAD_SECONDS = LONG ? LONG - 10 : 11;
const BYTES_PER_SECOND = 512 * 1024;
const UPLOAD_BYTES = UPLOAD_SECONDS * BYTES_PER_SECOND;
/**
 * Fewer requests at once than 15 in front of one MLflow, with which MLflow itself stands still for 30 seconds at a time
 * (docs/troubleshooting.md): two clients share one. By default each has ten threads for traces and ten for metrics.
 */
const FEW_AT_ONCE = {
  MLFLOW_ASYNC_TRACE_LOGGING_MAX_WORKERS: '2',
  MLFLOW_ASYNC_LOGGING_THREADPOOL_SIZE: '2',
};
/** The oldest MLflow that the package's README names. */
const OLDEST = '2.22.5';
const ME: DemoClaims = { sub: 'ada', tenant_id: TENANT, roles: ['contributor'] };

interface LongRun extends ClientReport {
  readonly made: Readonly<Record<string, number>>;
}

interface LaterReport extends ClientReport {
  /** Requests of a step that were sent again, with the X-Request-ID of the refusal. */
  readonly repeated: Readonly<Record<'upload' | 'after', readonly { path: string; refused: string }[]>>;
}

/** Each strategy with one flavour that has runs, and `mlflow-tracing`. The tests below have the other flavours of each strategy. */
const RUNS = [
  { flavour: 'mlflow', strategy: 'workspaces', source: 'client-credentials' },
  { flavour: 'mlflow-skinny', strategy: 'tags', source: 'file' },
  { flavour: 'mlflow-tracing', strategy: 'tags', source: 'command' },
  { flavour: 'mlflow-tracing', strategy: 'workspaces', source: 'file' },
] as const;

const stacks: Partial<Record<'workspaces' | 'tags', Stack>> = {};
const stackOf = (strategy: 'workspaces' | 'tags'): Stack => stacks[strategy]!;
let dir: string;
let helper: string;
const pythons = new Map<Flavour, string>();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'expiring-'));
  helper = await unpackedWheel(dir);
  for (const { flavour } of RUNS) pythons.set(flavour, await pythonWith(flavour));
  // Otherwise a token lives 30 seconds longer.
  const env = { GW_OIDC_CLOCK_TOLERANCE_SECONDS: '0' };
  await Promise.all(
    (['workspaces', 'tags'] as const).map(async (strategy) => {
      const workspaces = strategy === 'workspaces';
      stacks[strategy] = await startStack({
        auth: 'oidc',
        workspaces,
        env,
        severalTenants: true,
        mlflow: {},
      });
    }),
  );
});
afterAll(async () => {
  for (const stack of Object.values(stacks)) await stack.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** The environment of a program that uses the helper, with the variables of a source. */
function helperEnv(uri: string, variables: Readonly<Record<string, string>>): Record<string, string> {
  const prefixed = Object.entries(variables).map(([name, value]) => [`MLFLOW_GATEWAY_AUTH_${name}`, value]);
  return {
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_TRACKING_AUTH: 'mlflow-gateway',
    OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER: 'mlflow-gateway',
    PYTHONPATH: helper,
    ...Object.fromEntries(prefixed),
  };
}

const clientCredentials = (issuer: string): Record<string, string> => ({
  SOURCE: 'client-credentials',
  ISSUER: issuer,
  CLIENT_ID: 'trainer',
  CLIENT_SECRET: 'secret',
});

/** Audit lines of a subject. */
const linesOf = (stack: Stack, subject: string): AuditLine[] =>
  stack.audit().filter((line) => line.subject === subject);

/** The line of the long run's log. */
function logOf({ calls, statuses, made, failures }: LongRun, tokens: number): string {
  const failed = Object.keys(failures).length;
  return `${calls} requests ${JSON.stringify(statuses)}, ${tokens} tokens, ${failed} failed steps, ${JSON.stringify(made)}`;
}

/** Keeps a file with a token fresh, as an agent or the kubelet does. */
async function keepFresh(
  file: string,
  issue: () => Promise<string>,
): Promise<{ written: () => number; stop: () => void }> {
  let written = 0;
  const write = async (): Promise<void> => {
    writeFileSync(`${file}.next`, await issue());
    renameSync(`${file}.next`, file);
    written++;
  };
  await write();
  const timer = setInterval(() => void write(), (TOKEN_SECONDS * 1000) / 2);
  return { written: () => written, stop: () => clearInterval(timer) };
}

describe.concurrent.each(RUNS)(
  'a run of $flavour that outlives its tokens, strategy $strategy, tokens by $source',
  ({ flavour, strategy, source }) => {
    const subject = `ada-${flavour}`;
    const claims = { ...ME, sub: subject };
    let tokens: ShortLivedIdp;
    let slow: SlowPath;
    let report: LongRun;
    let given: number;
    let seconds: number;

    beforeAll(async () => {
      const stack = stackOf(strategy);
      tokens = await startShortLivedIdp({ idp: stack.idp, claims, seconds: TOKEN_SECONDS });
      slow = await startSlowPath(stack.gateway.port, BYTES_PER_SECOND);
      const folder = join(dir, `${flavour}-${strategy}`);
      mkdirSync(folder);
      const file = join(folder, 'token');
      const fresh =
        source === 'file'
          ? await keepFresh(file, () => stack.idp.token(claims, { expiresIn: TOKEN_SECONDS }))
          : undefined;
      const variables = {
        'client-credentials': clientCredentials(tokens.issuer),
        file: { SOURCE: 'file', TOKEN_FILE: file },
        command: {
          SOURCE: 'command',
          COMMAND: `curl -sS -d grant_type=client_credentials -d client_secret=secret ${tokens.issuer}/token`,
        },
      }[source];
      const begun = performance.now();
      try {
        report = await runClient<LongRun>('long_run.py', [], {
          python: pythons.get(flavour)!,
          dir: folder,
          env: {
            ...helperEnv(slow.address, { ...variables, TENANT }),
            ...FEW_AT_ONCE,
            RUN_SECONDS: `${RUN_SECONDS}`,
            UPLOAD_BYTES: `${UPLOAD_BYTES}`,
          },
        });
      } finally {
        fresh?.stop();
      }
      seconds = (performance.now() - begun) / 1000;
      given = fresh?.written() ?? tokens.issued().length;
      if (LONG > 0) process.stdout.write(`${flavour}, ${strategy}: ${logOf(report, given)}\n`);
    });
    afterAll(async () => {
      await slow?.stop();
      await tokens?.stop();
    });

    test('no call fails', () => {
      expect(report.failures).toEqual({});
      expect(Object.keys(report.statuses)).toEqual(['200']);
      expect(report.calls).toBeGreaterThan(RUN_SECONDS);
    });

    test('it has used more than three tokens, and got each once', () => {
      expect(given).toBeGreaterThan(3);
      expect(given).toBeLessThan(seconds / (TOKEN_SECONDS / 2) + 3);
    });

    test('the gateway has allowed every request in the one tenant', () => {
      // The experiment is not there before it is made.
      const lines = linesOf(stackOf(strategy), subject).filter(
        ({ operation }) => operation !== 'getExperimentByName',
      );
      expect(lines.length).toBeGreaterThan(RUN_SECONDS);
      expect(lines.filter(({ decision, tenant }) => decision !== 'allow' || tenant !== TENANT)).toEqual([]);
    });

    test('the gateway has refused no token', () => {
      const { audit } = stackOf(strategy);
      // On a busy machine a short token may expire on its way; the client then sends the request again.
      const refused = audit().filter(({ reason }) => /token|bearer/.test(reason));
      expect(refused.filter(({ reason }) => LONG > 0 || reason !== 'token_expired')).toEqual([]);
    });

    if (flavour !== 'mlflow-tracing')
      test('an upload has taken longer than its token lived', () => {
        const [line, ...more] = linesOf(stackOf(strategy), subject).filter(({ path }) =>
          String(path).endsWith('/weights.bin'),
        );
        expect(more).toEqual([]);
        expect(line).toMatchObject({ bytes_in: UPLOAD_BYTES, decision: 'allow' });
        expect(line!.duration_ms).toBeGreaterThan(2 * TOKEN_SECONDS * 1000);
      });
  },
);

describe.concurrent.each(['workspaces', 'tags'] as const)('tokens in all ways, strategy %s', (strategy) => {
  /** Runs one_token_later.py, and returns its report. */
  async function later(
    name: string,
    env: Record<string, string>,
    more: { readonly seconds?: number; readonly bytes?: number; readonly python?: string } = {},
  ): Promise<LaterReport & Client> {
    const folder = join(dir, `${name}-${strategy}`);
    mkdirSync(folder);
    const { seconds = 0, bytes = 1000, python = pythons.get('mlflow')! } = more;
    const client = await startClient('one_token_later.py', [], {
      python,
      dir: folder,
      // Otherwise the client asks whether the server signs URLs before it uploads.
      env: {
        ...env,
        MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: 'false',
        PAUSE_SECONDS: `${seconds}`,
        UPLOAD_BYTES: `${bytes}`,
      },
    });
    await client.exited;
    if (client.out() === '') throw new Error(`no report:\n${client.err().slice(-4_000)}`);
    return { ...client, ...(JSON.parse(client.out()) as LaterReport) };
  }

  async function idpOf(sub: string, seconds: number, saidSeconds = seconds): Promise<ShortLivedIdp> {
    return startShortLivedIdp({ idp: stackOf(strategy).idp, claims: { ...ME, sub }, seconds, saidSeconds });
  }

  test('a token that expires unannounced is replaced once, and an upload is sent again', async () => {
    const bytes = 30 * 1024 * 1024;
    const stack = stackOf(strategy);
    const tokens = await idpOf('unannounced', 4, 3600);
    const env = helperEnv(stack.gateway.address, clientCredentials(tokens.issuer));
    const python = pythons.get(strategy === 'workspaces' ? 'mlflow-skinny' : 'mlflow')!;
    const report = await later('unannounced', env, { seconds: 5, bytes, python });
    await tokens.stop();
    expect(report.failures).toEqual({});
    expect(report.statuses).not.toHaveProperty('401');
    // The first request after the pause is the one that is refused, then sent again.
    const [again, ...more] = report.repeated.upload;
    expect(more).toEqual([]);
    const refused = stack.audit().filter(({ request_id }) => request_id === again!.refused);
    expect(refused).toMatchObject([
      { operation: 'proxyUploadArtifact', reason: 'token_expired', status_code: 401 },
    ]);
    const uploads = linesOf(stack, 'unannounced').filter(({ path }) => path === refused[0]!.path);
    expect(uploads.map(({ decision, bytes_in }) => [decision, bytes_in])).toEqual([['allow', bytes]]);
  });

  test('one of two granted tenants is chosen by MLFLOW_GATEWAY_AUTH_TENANT, with the oldest client', async () => {
    const stack = stackOf(strategy);
    const claims = { ...ME, sub: 'both', tenant_id: [TENANT, OTHER] };
    const tokens = await startShortLivedIdp({ idp: stack.idp, claims, seconds: 60 });
    const env = helperEnv(stack.gateway.address, clientCredentials(tokens.issuer));
    const oldest = await mlflowEnv(OLDEST);
    const [chosen, neither] = await Promise.all([
      later('both', { ...env, MLFLOW_GATEWAY_AUTH_TENANT: OTHER }, { python: oldest.python }),
      later('both-neither', env),
    ]);
    await tokens.stop();
    expect(chosen.failures).toEqual({});
    expect(neither.failures).toHaveProperty('before.code', 'INVALID_PARAMETER_VALUE');
    const lines = linesOf(stack, 'both');
    const allowed = lines.filter(({ decision }) => decision === 'allow');
    expect([...new Set(allowed.map(({ tenant }) => tenant))]).toEqual([OTHER]);
    const reasons = lines.filter(({ status_code }) => status_code === 400).map(({ reason }) => reason);
    expect([...new Set(reasons)]).toEqual(['tenant_ambiguous']);
  });

  test('a tenant that the token does not grant is refused', async () => {
    const stack = stackOf(strategy);
    const tokens = await idpOf('stranger', 60);
    const variables = { ...clientCredentials(tokens.issuer), TENANT: OTHER };
    const report = await later('stranger', helperEnv(stack.gateway.address, variables));
    await tokens.stop();
    expect(report.failures).toHaveProperty('before.code', 'PERMISSION_DENIED');
    expect(linesOf(stack, 'stranger').map(({ reason }) => reason)).toContain('tenant_not_granted');
  });

  // Neither depends on the strategy.
  if (strategy === 'workspaces') {
    test('a person signs in once, by a code on standard error', async () => {
      const stack = stackOf(strategy);
      const tokens = await idpOf('person', 5);
      const cache = join(dir, 'login.json');
      const variables = { SOURCE: 'device', ISSUER: tokens.issuer, CLIENT_ID: 'laptop', CACHE_FILE: cache };
      const env = helperEnv(stack.gateway.address, variables);
      const report = await later('person', env, { seconds: 6 });
      const again = await later('person-again', env);
      await tokens.stop();
      expect([report.failures, again.failures]).toEqual([{}, {}]);
      expect(report.err()).toContain(
        'To sign in to MLflow open https://idp.example.com/device and enter the code ABCD',
      );
      expect(again.err()).not.toContain('To sign in');
      expect(tokens.issued().filter((grant) => grant === 'device_code')).toHaveLength(1);
      expect(tokens.issued().filter((grant) => grant === 'refresh_token').length).toBeGreaterThanOrEqual(1);
    });

    test('wrong variables are reported together, and nothing is sent', async () => {
      const stack = stackOf(strategy);
      const report = await later('wrong', helperEnv(stack.gateway.address, { SOURCE: 'device', TYPO: '1' }));
      const { error } = (report.failures as Record<string, { error: string }>).before!;
      for (const name of ['TYPO', 'ISSUER', 'CLIENT_ID'])
        expect(error).toContain(`MLFLOW_GATEWAY_AUTH_${name} `);
      expect(report.calls).toBe(0);
    });
  }
});
