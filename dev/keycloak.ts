import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from './lock.ts';
import { cacheDirectory } from './mlflow-env.ts';
import { freePort } from './ports.ts';
import { startProcess, untilServing } from './process.ts';

const run = promisify(execFile);

/** Keycloak as published on Maven Central (org.keycloak:keycloak-quarkus-dist). */
export const KEYCLOAK_VERSION = '26.4.0';

export interface Keycloak {
  /** `http://127.0.0.1:port`; a realm's issuer is `<address>/realms/<name>`. */
  readonly address: string;
  stop(): Promise<void>;
}

export interface KeycloakOptions {
  /** Scratch space. */
  readonly dir: string;
  /** A realm in Keycloak's export format. https://www.keycloak.org/server/importExport */
  readonly realm: object;
  /** Other realms, likewise. */
  readonly moreRealms?: readonly object[];
}

const START_TIMEOUT_MS = 240_000;

/**
 * Starts a real Keycloak in development mode on loopback with the given realms. It is fetched by Maven once and kept in the
 * cache; Java 17 or newer is needed (`JAVA_HOME`).
 *
 * @throws Error if Maven or Java is missing, or Keycloak does not start (with the end of its log)
 * @example
 * const keycloak = await startKeycloak({ dir, realm: { realm: 'ml', enabled: true } });
 */
export async function startKeycloak({ dir, realm, moreRealms = [] }: KeycloakOptions): Promise<Keycloak> {
  const home = await keycloakHome();
  const port = await freePort();
  // Keycloak reads realms from its own folder, so each start has its own copy; the libraries are shared.
  const own = join(dir, 'keycloak');
  mkdirSync(join(own, 'data/import'), { recursive: true });
  await run('cp', [
    '-a',
    ...['bin', 'conf', 'lib', 'providers', 'version.txt'].map((name) => join(home, name)),
    own,
  ]);
  for (const [i, one] of [realm, ...moreRealms].entries())
    writeFileSync(join(own, `data/import/realm-${i}.json`), JSON.stringify(one));
  const args = [
    'start-dev',
    '--http-host=127.0.0.1',
    `--http-port=${port}`,
    '--http-management-port=0',
    '--import-realm',
  ];
  const child = await startProcess({
    name: 'Keycloak',
    command: join(own, 'bin/kc.sh'),
    args,
    env: { ...process.env, JAVA_OPTS_APPEND: '-Xmx768m' },
    log: join(dir, 'keycloak.log'),
  });
  const address = `http://127.0.0.1:${port}`;
  await untilServing(child, {
    name: 'Keycloak',
    timeoutMs: START_TIMEOUT_MS,
    everyMs: 500,
    ask: async () => (await fetch(`${address}/realms/master`)).ok || 'the realm does not exist yet',
  });
  return { address, stop: () => child.stop() };
}

/** The folder of Keycloak, which Maven fetches once. */
export async function keycloakHome(): Promise<string> {
  const cache = cacheDirectory();
  const home = join(cache, `keycloak-${KEYCLOAK_VERSION}`);
  if (existsSync(home)) return home;
  mkdirSync(cache, { recursive: true });
  const release = await lock(join(cache, 'keycloak.lock'), { waitMs: START_TIMEOUT_MS });
  try {
    if (existsSync(home)) return home;
    const scratch = mkdtempSync(join(cache, 'keycloak-'));
    const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:tar.gz`;
    const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';
    try {
      await run('mvn', ['-q', '-B', `${plugin}:get`, `-Dartifact=${artifact}`, '-Dtransitive=false']);
      await run('mvn', [
        '-q',
        '-B',
        `${plugin}:copy`,
        `-Dartifact=${artifact}`,
        `-DoutputDirectory=${scratch}`,
      ]);
    } catch (error) {
      throw new Error(
        `Keycloak cannot be fetched with Maven (is mvn installed?): ${(error as Error).message}`,
      );
    }
    await run('tar', [
      '-xzf',
      join(scratch, `keycloak-quarkus-dist-${KEYCLOAK_VERSION}.tar.gz`),
      '-C',
      scratch,
    ]);
    renameSync(join(scratch, `keycloak-${KEYCLOAK_VERSION}`), home);
    rmSync(scratch, { recursive: true, force: true });
    return home;
  } finally {
    release();
  }
}
