import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { createDemoData } from './demo-data.ts';
import { type DemoIdp, startDemoIdp } from './demo-idp.ts';
import { PlainBrowser, signInAs } from './demo-sign-in/browse.ts';
import { type DemoSignIn, startDemoSignIn } from './demo-sign-in/proxy.ts';
import { DEMO_GRANTS } from './demo-users.ts';
import { type GatewayProcess, startGateway } from './gateway-process.ts';
import { fetcher } from './http.ts';
import { LockHeldError, lock } from './lock.ts';
import { DEFAULT_MLFLOW_VERSION, mlflowEnv } from './mlflow-env.ts';
import { MAX_SOCKET_PATH, startMlflow } from './mlflow-server.ts';
import { nextFreePort, portIsFree } from './ports.ts';
import { stopAllProcesses } from './process.ts';
import {
  curlLine,
  pythonSnippet,
  runStep,
  steps,
  TOKEN_VARIABLES,
  type TokenVariable,
} from './quickstart-steps.ts';
import { shellWord } from './shell-word.ts';

const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const DIR = join(CHECKOUT, '.cache/quickstart');
const DEFAULT_PORT = 8000;
/** From the gateway's port to the port for browsers: 8080 beside 8000. */
const BROWSER_PORT = 80;
const TOKEN_SECONDS = 12 * 3600;

const HELP = `npm run quickstart [-- OPTIONS]

Starts a real MLflow ${DEFAULT_MLFLOW_VERSION} with workspaces on a Unix socket, the gateway in front of it, a demo identity
provider, and a demo sign-in for browsers, all on 127.0.0.1. Prints tokens of two teams, requests to try, and the address for
a browser. Ctrl-C stops everything.
Data is kept in .cache/quickstart/ between runs.

  --port N   the gateway's port (default: ${DEFAULT_PORT}, or the next free one); browsers use N + ${BROWSER_PORT}, or the next free one
  --fresh    start with an empty MLflow
  --check    send all requests, print the results, stop; exit code 0 if all succeed, else 1
  --help     print this text

The first run installs MLflow into ~/.cache/mlflow-gateway (one to three minutes; needs Python 3.10 or newer).`;

/** A problem that its message explains completely. */
class QuickstartError extends Error {}

interface Options {
  readonly port: number | undefined;
  readonly fresh: boolean;
  readonly check: boolean;
}

type Tokens = Record<TokenVariable, string>;

interface Running {
  readonly gateway: GatewayProcess;
  /** MLflow's own address, which only a second gateway needs. */
  readonly mlflow: string;
  readonly signIn: DemoSignIn;
  readonly issuer: string;
  readonly tokens: Tokens;
  readonly python: string;
  /** Rejects if MLflow or the gateway ends. */
  readonly broken: Promise<never>;
}

const cleanup: (() => Promise<void> | void)[] = [];

/** In the reverse order of starting: the gateway before MLflow, and the lock last. */
async function stopAll(): Promise<void> {
  const [unlock, ...steps] = cleanup.splice(0);
  for (const step of steps.reverse()) await step();
  // Ctrl-C may arrive during a start, before the process has a step here.
  await stopAllProcesses();
  await unlock?.();
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

function readOptions(args: readonly string[]): Options | 'help' {
  const known = { port: { type: 'string' }, fresh: { type: 'boolean' }, check: { type: 'boolean' } } as const;
  let values: { port?: string; fresh?: boolean; check?: boolean; help?: boolean };
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: { ...known, help: { type: 'boolean', short: 'h' } },
    }));
  } catch (error) {
    throw new QuickstartError(`${(error as Error).message}\n\n${HELP}`);
  }
  if (values.help) return 'help';
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new QuickstartError(`--port must be a number from 1 to 65535, not ${values.port}`);
  }
  return { port, fresh: values.fresh ?? false, check: values.check ?? false };
}

async function choosePort(wanted: number | undefined): Promise<number> {
  if (wanted === undefined) {
    const port = await nextFreePort(DEFAULT_PORT);
    if (port !== DEFAULT_PORT) say(`Port ${DEFAULT_PORT} is in use; using ${port}.`);
    return port;
  }
  if (await portIsFree(wanted)) return wanted;
  throw new QuickstartError(
    `Port ${wanted} on 127.0.0.1 is in use or not allowed. Choose another with --port.`,
  );
}

/** A checkout may lie too deep for a Unix socket's path. */
function socketPath(): string {
  const path = join(DIR, 'mlflow.sock');
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH) return path;
  const dir = mkdtempSync(join(tmpdir(), 'mlflow-gateway-'));
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'mlflow.sock');
}

async function start(options: Options): Promise<Running> {
  try {
    cleanup.push(await lock(`${DIR}.lock`, { waitMs: 0 }));
  } catch (error) {
    if (!(error instanceof LockHeldError)) throw error;
    throw new QuickstartError('A quickstart of this checkout is running already. Stop it first (Ctrl-C).');
  }
  const port = await choosePort(options.port);
  const { python } = await mlflowEnv(DEFAULT_MLFLOW_VERSION, say);
  if (options.fresh) rmSync(DIR, { recursive: true, force: true });
  mkdirSync(DIR, { recursive: true });

  say(`Starting MLflow ${DEFAULT_MLFLOW_VERSION} (about ten seconds) ...`);
  const mlflow = await startMlflow({ dir: DIR, workspaces: true, listen: { unix: socketPath() } });
  cleanup.push(() => mlflow.stop());

  const idp = await startDemoIdp();
  cleanup.push(() => idp.stop());

  say('Starting the gateway ...');
  const identity = join(DIR, 'identity.json');
  writeFileSync(identity, identityFile(idp));
  const gateway = await startGateway({
    dir: DIR,
    port,
    env: {
      GW_TARGET_BASE_URL: mlflow.address,
      GW_IDENTITY_FILE: identity,
      GW_WORKSPACE_AUTOCREATE: 'true',
    },
  });
  cleanup.push(() => gateway.stop());

  const tokens = {} as Tokens;
  for (const [variable, user] of Object.entries(TOKEN_VARIABLES)) {
    tokens[variable as TokenVariable] = await idp.token(user, { expiresIn: TOKEN_SECONDS });
  }
  for (const [variable, team] of [
    ['TEAM_A_TOKEN', 'team-a'],
    ['TEAM_B_TOKEN', 'team-b'],
  ] as const)
    await createDemoData(fetcher(gateway.address, { authorization: `Bearer ${tokens[variable]}` }), team);

  const signIn = await startDemoSignIn({
    idp,
    gateway: gateway.address,
    port: port < 65_000 ? await nextFreePort(port + BROWSER_PORT) : 0,
  });
  cleanup.push(() => signIn.stop());
  const broken = Promise.race([
    mlflow.exited.then((how) => `MLflow ${how}; see ${mlflow.log}`),
    gateway.exited.then((how) => `The gateway ${how}; see ${gateway.log}`),
  ]).then((message): never => {
    throw new QuickstartError(message);
  });
  // Only --check and the waiting loop await it, later: without a handler a rejection until then would end the process.
  broken.catch(() => {});
  return { gateway, mlflow: mlflow.address, signIn, issuer: idp.issuer, tokens, python, broken };
}

function identityFile({ issuer, audience }: DemoIdp): string {
  return `${JSON.stringify({ issuers: [{ issuer, audience: [audience], grants: DEMO_GRANTS }] }, null, 2)}\n`;
}

function exportLines({ gateway, mlflow, tokens }: Running): string {
  const lines = [`export GATEWAY=${gateway.address}`, `export MLFLOW_SOCKET=${shellWord(mlflow)}`];
  for (const [variable, token] of Object.entries(tokens)) lines.push(`export ${variable}=${token}`);
  return lines.join('\n');
}

function introduce(running: Running, experiment: string): string {
  const { gateway, signIn, issuer, python } = running;
  const env = join(DIR, 'tokens.env');
  const shown = (path: string): string => {
    const short = relative(process.cwd(), path);
    return short.startsWith('..') ? path : short;
  };
  return `
MLflow is at ${gateway.address}, behind the gateway, and nowhere else.

Tokens of two teams, valid for ${TOKEN_SECONDS / 3600} hours. Paste these lines, or: . ${shown(env)}

${exportLines(running)}

Try it:

${steps(experiment)
  .map((step) => `# ${step.title}\n${curlLine(step)}`)
  .join('\n\n')}

With MLflow's own Python client, as team A; then again with TEAM_B_TOKEN, which sees only its own:

export MLFLOW_TRACKING_URI=$GATEWAY MLFLOW_TRACKING_TOKEN=$TEAM_A_TOKEN
${shown(python)} - <<'PY'
${pythonSnippet(`${experiment}-py`)}
PY

Who did what:  tail -f ${shown(gateway.auditFile)}
Logs:          ${shown(gateway.log)}  ${shown(join(DIR, 'mlflow.log'))}
More tokens:   curl "${issuer}/demo-token?user=bob-admin"   (alice-* is team-a, bob-* team-b; -viewer, -contributor, -admin;
               carol is in both)
Demo users:    ${signIn.address}/demo shows who is signed in, and signs out

The identity provider is a demo: it gives every caller a token. Ctrl-C stops everything.

In a browser, open ${signIn.address}/
`;
}

/** Tries every printed step; true when all succeed. */
async function check(running: Running, experiment: string): Promise<boolean> {
  let good = true;
  const earlier = auditLines(running.gateway).length;
  const tell = (ok: boolean, title: string, detail: string): void => {
    good &&= ok;
    process.stdout.write(`${ok ? 'ok    ' : 'FAILED'}  ${title}\n        ${detail}\n`);
  };
  for (const step of steps(experiment)) {
    const { status, body, problems } = await runStep(step, running.gateway.fetch, running.tokens);
    const answer = `${status} ${body.replace(/\s+/g, ' ').slice(0, 200)}`;
    tell(problems.length === 0, step.title, [...problems, answer].join('; '));
  }
  for (const team of ['TEAM_A_TOKEN', 'TEAM_B_TOKEN'] as const) {
    const name = `${experiment}-${team.slice(0, 6).toLowerCase().replace('_', '-')}`;
    try {
      const { stdout } = await promisify(execFile)(running.python, ['-c', pythonSnippet(name)], {
        timeout: 120_000,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          MLFLOW_DISABLE_TELEMETRY: 'true',
          MLFLOW_TRACKING_URI: running.gateway.address,
          MLFLOW_TRACKING_TOKEN: running.tokens[team],
        },
      });
      const foreign = team === 'TEAM_A_TOKEN' ? 'team-b' : 'team-a';
      const ok = stdout.includes("{'rmse': 0.25}") && !stdout.includes(foreign);
      tell(ok, `MLflow's Python client with ${team} sees its own runs only`, lastLine(stdout));
    } catch (error) {
      tell(
        false,
        `MLflow's Python client with ${team}`,
        lastLine((error as { stderr?: string }).stderr ?? String(error)),
      );
    }
  }
  for (const [user, team, foreign] of [
    ['alice-viewer', 'team-a', 'team-b'],
    ['bob-admin', 'team-b', 'team-a'],
  ] as const) {
    const browser = new PlainBrowser();
    const page = await (await signInAs(browser, running.signIn.address, user)).text();
    const search = await browser.fetch('/ajax-api/2.0/mlflow/experiments/search', {
      json: { max_results: 100 },
    });
    const body = await search.text();
    const ok =
      page.includes('<title>MLflow</title>') &&
      body.includes(`churn of ${team}`) &&
      !body.includes(`churn of ${foreign}`);
    tell(
      ok,
      `A browser signs in as ${user} and gets MLflow's pages and the data of ${team}`,
      body.replace(/\s+/g, ' ').slice(0, 200),
    );
  }
  const lines = auditLines(running.gateway).slice(earlier);
  const denied = lines.filter(
    (line) => (JSON.parse(line) as { decision: string }).decision === 'deny',
  ).length;
  // The viewer's step and the one without a token; a missing resource is MLflow's own response.
  tell(
    denied === 2,
    'The audit log has every request',
    `${lines.length} lines, ${denied} denials: ${running.gateway.auditFile}`,
  );
  return good;
}

function auditLines(gateway: GatewayProcess): string[] {
  return existsSync(gateway.auditFile)
    ? readFileSync(gateway.auditFile, 'utf8').split('\n').slice(0, -1)
    : [];
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (options === 'help') {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const interrupted = new Promise<'interrupted'>((resolve) => {
    process.once('SIGINT', () => resolve('interrupted')).once('SIGTERM', () => resolve('interrupted'));
  });
  // MLflow rejects a name that is in use, and data is kept between runs.
  const experiment = `churn-${Date.now().toString(36)}`;
  const running = await Promise.race([start(options), interrupted]);
  if (running === 'interrupted') return 130;
  writeFileSync(join(DIR, 'tokens.env'), `${exportLines(running)}\n`, { mode: 0o600 });
  if (options.check) {
    const result = await Promise.race([check(running, experiment), interrupted, running.broken]);
    if (result === 'interrupted') return 130;
    process.stdout.write(result ? '\nAll steps succeeded.\n' : '\nA step failed.\n');
    return result ? 0 : 1;
  }
  process.stdout.write(introduce(running, experiment));
  await Promise.race([interrupted, running.broken]);
  say('\nStopping ...');
  return 0;
}

let code: number;
try {
  code = await main();
} catch (error) {
  // The messages name missing programs and ports in use, with the end of the log; a stack trace would hide them.
  say(error instanceof Error ? error.message : String(error));
  code = 1;
}
await stopAll();
process.exit(code);
