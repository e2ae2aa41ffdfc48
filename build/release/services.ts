import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { freePort } from '../../dev/ports.ts';
import { type RunningProcess, startProcess, untilServing } from '../../dev/process.ts';
import { command } from './command.ts';

/** A real npm registry without an upstream. One of its packages names another by a tag, which can move or be missing. */
const VERDACCIO = { dependencies: { verdaccio: '6.10.4' }, overrides: { 'node-fetch': '2.7.0' } };

/** The registries of a dry run, on loopback: `127.0.0.1:PORT`. */
export interface Registries {
  /** For images and charts. */
  readonly oci: string;
  /** For npm packages. */
  readonly npm: string;
  stop(): Promise<void>;
}

/**
 * Starts an OCI registry and an npm registry on loopback, which keep their data in a folder.
 *
 * @throws Error with the log of one that does not start
 * @example
 * const { oci, npm, stop } = await startRegistries(dir);
 */
export async function startRegistries(dir: string): Promise<Registries> {
  const services: RunningProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
  };
  try {
    const oci = await serve(dir, services, '/v2/', (port) => [
      'crane',
      ['registry', 'serve', '--address', `127.0.0.1:${port}`, '--disk', dir],
    ]);
    const npm = await serve(dir, services, '/-/ping', (port) => npmRegistry(dir, port));
    return { oci, npm, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A token of a new user of the npm registry, which accepts packages of this user only. @throws Error if the registry gives none */
export async function npmToken(registry: string): Promise<string> {
  const user = { name: 'release', password: randomUUID() };
  const response = await fetch(`http://${registry}/-/user/org.couchdb.user:${user.name}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(user),
  });
  const { token } = (await response.json()) as { token?: string };
  if (token === undefined) throw new Error(`the npm registry gave no token: ${response.status}`);
  return token;
}

/** Starts a service on loopback, waits until it answers, and returns its address without a scheme. */
async function serve(
  dir: string,
  services: RunningProcess[],
  path: string,
  commandFor: (port: number) => readonly [string, readonly string[]],
): Promise<string> {
  const port = await freePort();
  const [name, args] = commandFor(port);
  console.error(`$ ${[name, ...args].join(' ')} &`);
  const log = join(dir, `${basename(name)}.log`);
  const service = await startProcess({ name: basename(name), command: name, args, env: process.env, log });
  services.push(service);
  await untilServing(service, {
    name,
    timeoutMs: 300_000,
    ask: async () => {
      const { ok, status } = await fetch(`http://127.0.0.1:${port}${path}`);
      return ok || `status ${status}`;
    },
  });
  return `127.0.0.1:${port}`;
}

function npmRegistry(dir: string, port: number): [string, readonly string[]] {
  const program = join(dir, 'verdaccio');
  mkdirSync(program);
  writeFileSync(join(program, 'package.json'), JSON.stringify({ private: true, ...VERDACCIO }));
  command('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: program });
  const config = join(dir, 'verdaccio.yaml');
  // JSON is YAML. Without uplinks it answers only with what was published to it.
  const settings = {
    storage: join(dir, 'npm'),
    auth: { htpasswd: { file: join(dir, 'htpasswd') } },
    packages: { '**': { access: '$all', publish: '$authenticated' } },
    log: { type: 'stdout', format: 'pretty', level: 'warn' },
  };
  writeFileSync(config, JSON.stringify(settings));
  const listen = ['--listen', `127.0.0.1:${port}`];
  return [join(program, 'node_modules/.bin/verdaccio'), ['--config', config, ...listen]];
}
