#!/usr/bin/env node
import { parseArgs } from 'node:util';
import manifest from '../package.json' with { type: 'json' };
import { catalog } from './cli/catalog.ts';
import { check } from './cli/check.ts';
import { drain } from './cli/drain.ts';
import { explain } from './cli/explain.ts';
import { inject } from './cli/inject.ts';
import { CliError } from './cli/load.ts';
import { serve } from './cli/serve.ts';

const HELP = `mlflow-gateway: keeps the teams of one MLflow apart

  mlflow-gateway [serve]            runs the gateway, configured by GW_* variables
  mlflow-gateway check              checks the configuration and the MLflow behind it
      --offline                     the configuration only
      --json
  mlflow-gateway catalog            every operation the gateway lets through
      --json                        an array, with every mount and field
      --group NAME                  one group only (runs, traces, ...)
  mlflow-gateway explain METHOD PATH   how a request would be decided; sends nothing
      --tenant NAME [--role ROLE] [--subject NAME]     as somebody, without a token
      --token TOKEN                 as the bearer of a token (- reads standard input)
      --body JSON                   the request's body (@FILE reads a file)
      --workspace NAME              the caller's workspace header
      --json
  mlflow-gateway inject             runs the admission webhook that adds the gateway to MLflow's pods
  mlflow-gateway drain              tells the gateway of this container to end gracefully; for preStop hooks
  mlflow-gateway --help | --version

Variables are listed in docs/reference/configuration.md; "check" reports everything wrong with them at once.
Exit codes: 0 fine (explain: allowed), 1 something is wrong, 2 bad usage, 3 explain: denied.
`;

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parse(args);
  if (values.help) return print(HELP);
  if (values.version) return print(`${manifest.version}\n`);
  const [command = 'serve', ...rest] = positionals;
  if (command !== 'explain' && rest.length > 0)
    throw usage(`${command} takes no arguments: ${rest.join(' ')}`);
  switch (command) {
    case 'serve':
      await serve(process.env);
      return 0;
    case 'check':
      return check(process.env, { offline: values.offline ?? false, json: values.json ?? false });
    case 'catalog':
      catalog({ json: values.json ?? false, ...(values.group === undefined ? {} : { group: values.group }) });
      return 0;
    case 'explain': {
      const [method, path, ...more] = rest;
      if (method === undefined || path === undefined || more.length > 0)
        throw usage('explain takes METHOD and PATH');
      return explain(process.env, { method, path, ...values, json: values.json ?? false });
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
      throw usage(`there is no command ${JSON.stringify(command)}`);
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
        body: { type: 'string' },
        workspace: { type: 'string' },
      },
    });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

function usage(problem: string): CliError {
  return new CliError(`${problem}\nTry: mlflow-gateway --help`, 2);
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CliError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
