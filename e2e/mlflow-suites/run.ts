import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startDemoIdp } from '../../dev/demo-idp.ts';
import type { Strategy } from './reasons.ts';
import { type Results, readResults } from './results.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Longest that one test may take: some ask the internet, and wait for it where there is none. */
const TEST_SECONDS = 60;
/** The claim's value that means platform-admin. */
const PLATFORM = 'suites-platform-admin';
const TOKEN_SECONDS = 7_200;
const TENANT = 'team-suites';

export interface Run {
  /** With the folder `tests` of MLflow's repository in it, and no `mlflow`: the installed one is tested. */
  readonly dir: string;
  readonly python: string;
  readonly strategy: Strategy;
  /** Whether a gateway is put in front of each server. */
  readonly through: boolean;
  /** Files, or ids of single tests. */
  readonly tests: readonly string[];
  /** pytest's `-k`. */
  readonly only: string | undefined;
  /** Where a line is added for each test. The log has its name with `.log`. */
  readonly results: string;
}

/**
 * Runs MLflow's tests with the plugin gateway_in_front.py.
 *
 * @throws {Error} when pytest ran no test; the message ends with its output
 */
export async function runTests(run: Run): Promise<Results> {
  const { dir, python, strategy, through, tests, only, results } = run;
  const log = `${results}.log`;
  const out = openSync(log, 'w');
  const idp = await startDemoIdp();
  const platform = {
    env: {
      GW_AUTH_MODE: 'oidc',
      GW_OIDC_ISSUER: idp.issuer,
      GW_OIDC_AUDIENCE: idp.audience,
      GW_RBAC_PLATFORM_ADMIN_ALIASES: PLATFORM,
    },
    token: await idp.token(
      { sub: 'suites', tenant_id: TENANT, roles: ['admin', PLATFORM] },
      { expiresIn: TOKEN_SECONDS },
    ),
  };
  const gateway = [process.execPath, '--disallow-code-generation-from-strings', MAIN];
  const child = spawn(
    python,
    [
      ...[
        '-m',
        'pytest',
        '-p',
        'gateway_in_front',
        '--continue-on-collection-errors',
        '--no-header',
        '--color=no',
        '-q',
      ],
      ...['-p', 'no:cacheprovider', '--timeout', String(TEST_SECONDS), ...tests],
      ...(only === undefined ? [] : ['-k', only]),
    ],
    {
      cwd: dir,
      stdio: ['ignore', out, out],
      env: {
        ...inherited(),
        ...(through ? { SUITES_GATEWAY: JSON.stringify(gateway) } : {}),
        SUITES_STRATEGY: strategy,
        SUITES_TENANT: TENANT,
        SUITES_PLATFORM: JSON.stringify(platform),
        SUITES_RESULTS: results,
        PYTHONPATH: HERE,
        PYTHONDONTWRITEBYTECODE: '1',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        DO_NOT_TRACK: 'true',
        // Asynchronous logging continues after a test's server has stopped, for up to four minutes.
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: '2',
      },
    },
  );
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject).once('close', () => resolve());
  }).finally(() => idp.stop());
  closeSync(out);
  const found = readResults(results);
  if (found.size === 0) throw new Error(`pytest ran no test:\n${readFileSync(log, 'utf8').slice(-2000)}`);
  return found;
}

/** A variable that configures MLflow, the gateway or pytest in the caller's shell must not change the measurement. */
function inherited(): Record<string, string | undefined> {
  const configuration = /^(MLFLOW_|GW_|SUITES_|PYTEST_|PYTHONPATH$|NODE_OPTIONS$|OTEL_)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !configuration.test(name)));
}

/** Where the results of a run are kept. */
export const fileOf = (dir: string, strategy: Strategy, through: boolean): string =>
  join(dir, `${strategy}-${through ? 'through' : 'straight'}.jsonl`);
