import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { layeredEnv } from '../../../dev/layered-env.ts';
import { pythonFolder } from '../other/fetched.ts';

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL('../../../clients/python', import.meta.url));

/** The package's build backend with its dependencies. */
const BUILD = [
  'hatchling==1.33.0',
  'packaging==26.4',
  'pathspec==1.1.1',
  'pluggy==1.7.0',
  'trove-classifiers==2026.9.21.13',
];

/** OpenTelemetry's exporter with what MLflow's full package lacks of it. */
const OTLP = [
  'googleapis-common-protos==1.76.0',
  'opentelemetry-exporter-http-transport==0.66b2',
  'opentelemetry-exporter-otlp-common==0.66b2',
  'opentelemetry-exporter-otlp-proto-common==1.45.2',
  'opentelemetry-exporter-otlp-proto-http==1.45.2',
];

/** The packages that MLflow's client comes as. */
export type Flavour = 'mlflow' | 'mlflow-skinny' | 'mlflow-tracing';

/**
 * The Python of an environment with one of MLflow's packages and OpenTelemetry's exporter.
 *
 * @example
 * const python = await pythonWith('mlflow-skinny');
 */
export async function pythonWith(flavour: Flavour): Promise<string> {
  if (flavour === 'mlflow') return (await layeredEnv({ name: 'otlp', packages: OTLP })).python;
  const file = new URL(`./requirements-${flavour.replace('mlflow-', '')}.txt`, import.meta.url);
  return pythonFolder(`expiring-${flavour}`, readFileSync(file, 'utf8').trim().split('\n'));
}

/**
 * Builds the wheel of clients/python and unpacks it into a folder, for `PYTHONPATH`: its entry points are found there as in an
 * environment that it is installed into.
 *
 * @throws {Error} when it cannot be built
 * @example
 * const env = { PYTHONPATH: await unpackedWheel(dir) };
 */
export async function unpackedWheel(dir: string): Promise<string> {
  const python = await pythonFolder('helper-build', BUILD);
  const [built, unpacked] = [join(dir, 'built'), join(dir, 'wheel')];
  await run(python, ['-m', 'hatchling', 'build', '-t', 'wheel', '-d', built], { cwd: PACKAGE });
  const wheel = readdirSync(built).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('no wheel was built');
  await run(python, ['-m', 'zipfile', '-e', join(built, wheel), unpacked]);
  return unpacked;
}
