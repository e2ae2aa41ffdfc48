import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from '../../../dev/lock.ts';
import { cacheDirectory } from '../../../dev/mlflow-env.ts';
import { pipInstall } from '../../../dev/pip.ts';

const run = promisify(execFile);
const WAIT_MS = 300_000;
const PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1';

/**
 * The class path for a Java program with some artifacts of Maven Central, in lookup order.
 *
 * @param artifacts `group:artifact:version`
 * @throws {Error} when Maven is missing or does not find one of them
 * @example
 * await mavenClasspath('mlflow', ['org.mlflow:mlflow-client:2.17.2']);
 */
export function mavenClasspath(name: string, artifacts: readonly string[]): Promise<string> {
  return once(`maven-${name}`, artifacts, async (dir) => {
    const dependencies = artifacts.map((artifact) => {
      const [group, id, version] = artifact.split(':');
      return `<dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
    });
    writeFileSync(
      join(dir, 'pom.xml'),
      `<project><modelVersion>4.0.0</modelVersion><groupId>clients</groupId><artifactId>${name}</artifactId>` +
        `<version>1</version><dependencies>${dependencies.join('')}</dependencies></project>`,
    );
    const args = ['-q', '-B', `${PLUGIN}:build-classpath`, '-Dmdep.outputFile=classpath'];
    await run('mvn', args, { cwd: dir });
    return readFileSync(join(dir, 'classpath'), 'utf8').trim();
  });
}

/**
 * A folder whose `node_modules` has some packages.
 *
 * @param packages `name@version`
 * @throws {Error} when npm does not find one of them
 * @example
 * const require = createRequire(join(await npmFolder('mlflow', ['mlflow@2.0.7']), 'x.js'));
 */
export function npmFolder(name: string, packages: readonly string[]): Promise<string> {
  return once(`npm-${name}`, packages, async (dir) => {
    writeFileSync(join(dir, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], { cwd: dir });
    return dir;
  });
}

/**
 * The Python of an environment that has some packages and no MLflow server; `MLFLOW_GATEWAY_PYTHON` names the Python that makes it.
 *
 * @param packages `package==version`, everything that is needed
 * @throws {Error} when Python or pip fails
 * @example
 * await pythonFolder('mlflow-2.9', ['mlflow-skinny==2.9.2', 'requests==2.34.2']);
 */
export function pythonFolder(name: string, packages: readonly string[]): Promise<string> {
  return once(`python-${name}`, packages, async (dir) => {
    const python = join(dir, 'bin/python');
    await run(process.env.MLFLOW_GATEWAY_PYTHON || 'python3', ['-m', 'venv', '--clear', dir]);
    await pipInstall(python, ['--no-deps', ...packages], `${dir}.install.log`, (line) =>
      process.stderr.write(`${line}\n`),
    );
    return python;
  });
}

/** Makes a file or folder in the cache, one process at a time, and keeps the result. */
async function once(
  name: string,
  wanted: readonly string[],
  make: (dir: string) => Promise<string>,
): Promise<string> {
  const dir = join(cacheDirectory(), 'clients', name);
  // Beside the folder, which its maker may clear.
  const marker = `${dir}.made`;
  const key = wanted.join(' ');
  mkdirSync(dir, { recursive: true });
  const release = await lock(`${dir}.lock`, { waitMs: WAIT_MS });
  try {
    if (existsSync(marker)) {
      const [made, result] = readFileSync(marker, 'utf8').split('\n');
      if (made === key && result !== undefined) return result;
    }
    const result = await make(dir);
    writeFileSync(marker, `${key}\n${result}`);
    return result;
  } finally {
    release();
  }
}
