#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { ADOPT_HELP, adopt } from './cli/adopt.ts';
import { AUDIT_HELP, auditCommand } from './cli/audit-ownership.ts';
import { catalog } from './cli/catalog.ts';
import { check } from './cli/check.ts';
import { drain } from './cli/drain.ts';
import { explain } from './cli/explain.ts';
import { inject } from './cli/inject.ts';
import { CliError } from './cli/load.ts';
import { printError, printOut } from './cli/output.ts';
import { serve } from './cli/serve.ts';
import { versionLine } from './cli/version.ts';

const HELP = `mlflow-gateway: keeps the teams of one MLflow apart

  mlflow-gateway [serve]            runs the gateway, configured by GW_* variables
  mlflow-gateway check              checks the configuration and the MLflow behind it
      --offline                     the configuration only
      --json
  mlflow-gateway catalog            lists every operation that the gateway forwards
      --json                        an array, with every mount and field
      --group NAME                  one group only (runs, traces, ...)
  mlflow-gateway explain METHOD PATH   shows the decision about a request; sends nothing
      --tenant NAME [--role ROLE] [--subject NAME]     as a caller without a token
      --token TOKEN | --token-file FILE                as the caller with this token (- reads standard input)
      --body JSON                   the request's body (@FILE reads a file)
      --workspace NAME              the caller's workspace header
      --json
  mlflow-gateway explain --token TOKEN     shows the grants of a token, and the claims that gave them and gave none
      --token-file FILE | --token -        from a file, from standard input
      --json
  mlflow-gateway adopt --tenant NAME ...       gives unowned data to a tenant; adopt --help
      --experiment ID|NAME | --model NAME | --all-unowned
      --dry-run | --yes             prints the plan (the default) | carries it out
      --json
  mlflow-gateway audit-ownership    reports owned and unowned resources in MLflow; audit-ownership --help
      --tenant NAME | --unowned
      --json
  mlflow-gateway inject             runs the admission webhook that adds the gateway to MLflow's pods
  mlflow-gateway drain              makes the gateway of this container end gracefully; for preStop hooks
  mlflow-gateway --help | --version

docs/reference/configuration.md lists the variables; "check" reports all errors in them at once.
Exit codes: 0 success (explain: allowed), 1 a problem, 2 bad usage, 3 explain: denied; adopt: a resource was left alone;
audit-ownership: a resource is unowned; 4 check: MLflow works, and is newer than the catalog or has features that the gateway
refuses; 141 standard output was closed before all of it was read.
`;

/** Commands with a help page of their own. */
const HELP_OF: ReadonlyMap<string, string> = new Map([
  ['adopt', ADOPT_HELP],
  ['audit-ownership', AUDIT_HELP],
]);

/** The options of each command. An option of another command is an error. */
const OPTIONS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  ['serve', []],
  ['check', ['offline', 'json']],
  ['catalog', ['json', 'group']],
  ['explain', ['tenant', 'role', 'subject', 'token', 'token-file', 'body', 'workspace', 'json']],
  ['adopt', ['tenant', 'experiment', 'model', 'all-unowned', 'dry-run', 'yes', 'json']],
  ['audit-ownership', ['tenant', 'unowned', 'json']],
  ['inject', []],
  ['drain', []],
]);

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  const [command = 'serve', ...rest] = positionals;
  if (values.help) return print(HELP_OF.get(command) ?? HELP);
  if (values.version) return print(`${versionLine()}\n`);
  requireOwnOptions(command, Object.keys(values));
  if (command !== 'explain' && rest.length > 0)
    throw usage(`${command} takes no arguments: ${rest.join(' ')}`);
  switch (command) {
    case 'serve':
      await serve(process.env);
      return 0;
    case 'check':
      return check(process.env, { offline: values.offline ?? false, json: values.json ?? false });
    case 'catalog':
      await catalog({
        json: values.json ?? false,
        ...(values.group === undefined ? {} : { group: values.group }),
      });
      return 0;
    case 'explain': {
      const [method, path, ...more] = rest;
      if ((method === undefined) !== (path === undefined) || more.length > 0)
        throw usage('explain takes METHOD and PATH, or neither and a token');
      const { 'token-file': tokenFile, json = false, ...others } = values;
      return explain(process.env, { ...others, method, path, tokenFile, json });
    }
    case 'adopt':
      return adopt(process.env, {
        tenant: values.tenant,
        experiments: values.experiment ?? [],
        models: values.model ?? [],
        allUnowned: values['all-unowned'] ?? false,
        dryRun: values['dry-run'] ?? false,
        yes: values.yes ?? false,
        json: values.json ?? false,
      });
    case 'audit-ownership': {
      const { tenant, unowned = false, json = false } = values;
      if (tenant !== undefined && unowned)
        throw usage('--unowned lists only unowned resources: leave out --tenant, or --unowned');
      return auditCommand(process.env, { tenant, unowned, json });
    }
    case 'inject':
      await inject(process.env);
      return 0;
    case 'drain':
      drain();
      return 0;
    case 'help':
      return print(HELP);
    default:
      throw usage(`unknown command ${JSON.stringify(command)}`);
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
        json: { type: 'boolean' },
        offline: { type: 'boolean' },
        group: { type: 'string' },
        tenant: { type: 'string' },
        role: { type: 'string' },
        subject: { type: 'string' },
        token: { type: 'string' },
        'token-file': { type: 'string' },
        body: { type: 'string' },
        workspace: { type: 'string' },
        experiment: { type: 'string', multiple: true },
        model: { type: 'string', multiple: true },
        'all-unowned': { type: 'boolean' },
        'dry-run': { type: 'boolean' },
        yes: { type: 'boolean' },
        unowned: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function requireOwnOptions(command: string, given: readonly string[]): void {
  const own = OPTIONS_OF.get(command);
  if (own === undefined) return;
  const other = given.find((option) => !own.includes(option));
  if (other === undefined) return;
  const takes = own.length === 0 ? 'no options' : own.map((option) => `--${option}`).join(', ');
  throw usage(`${command} has no option --${other}; it takes ${takes}`);
}

function usage(problem: string): CliError {
  return new CliError(`${problem}\nTry: mlflow-gateway --help`, 2);
}

async function print(text: string): Promise<number> {
  await printOut(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  printError(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
