import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../../../dev/ports.ts';

const run = promisify(execFile);
const FILE = join(import.meta.dirname, '../../../examples/compose/compose.yaml');
const MAX_OUTPUT = 32 * 1024 * 1024;

/** The example, running under a project name of its own. */
export interface Example {
  /** MLflow's address for browsers, `http://localhost:port`. */
  readonly url: string;
  readonly issuer: string;
  readonly passwords: Readonly<Record<string, string>>;
  /** Runs one of the example's tools: `run('day')`. @throws Error with its output, if it fails */
  run(tool: string, ...args: readonly string[]): Promise<string>;
  /** Any other command of Docker Compose. */
  compose(...args: readonly string[]): Promise<string>;
  /** Removes the containers, the networks and the volumes. */
  remove(): Promise<void>;
}

/**
 * Starts `examples/compose` as its README says, on free ports. `E2E_COMPOSE` names the program; default: `docker compose`. The gateway's image is built from this
 * checkout unless `GATEWAY_IMAGE` names one.
 *
 * @throws Error with the logs, if a container does not become healthy
 */
export async function startExample(): Promise<Example> {
  const [mlflowPort, keycloakPort] = [await freePort(), await freePort()];
  const [command, ...first] = (process.env.E2E_COMPOSE || 'docker compose').split(' ');
  const project = `mlflow-gateway-compose-${process.pid}`;
  const env = { ...process.env, MLFLOW_PORT: String(mlflowPort), KEYCLOAK_PORT: String(keycloakPort) };
  const compose = async (...args: readonly string[]): Promise<string> => {
    const all = [...first, '--progress', 'quiet', '--project-name', project, '--file', FILE, ...args];
    try {
      return (await run(command!, all, { env, maxBuffer: MAX_OUTPUT })).stdout;
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
    }
  };
  const remove = async (): Promise<void> => {
    await compose('--profile', '*', 'down', '--volumes', '--timeout', '10');
  };
  try {
    const build = process.env.GATEWAY_IMAGE ? '--no-build' : '--build';
    await compose('up', '--detach', '--wait', build).catch(async (error: Error) => {
      throw new Error(`${error.message}\n${await compose('logs', '--tail', '40')}`);
    });
    const printed = await compose('logs', '--no-log-prefix', 'setup');
    const people = [...printed.matchAll(/^ {2}(\w+) +(\S+) +\w+ in /gm)];
    return {
      url: `http://localhost:${mlflowPort}`,
      issuer: `http://keycloak.localhost:${keycloakPort}/realms/ml`,
      passwords: Object.fromEntries(people.map(([, name, password]) => [name!, password!])),
      run: (tool, ...args) => compose('run', '--rm', '--no-TTY', tool, ...args),
      compose,
      remove,
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
