import { mkdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { layeredEnv } from '../../../dev/layered-env.ts';
import { DEFAULT_MLFLOW_VERSION, mlflowEnv } from '../../../dev/mlflow-env.ts';
import { pythonFolder } from './fetched.ts';
import type { Program } from './program.ts';
import { SOURCES, start } from './start.ts';

/** Groups of clients that share an environment: their names, and the packages whose versions are reported. */
const LIBRARIES: Readonly<Record<string, readonly (readonly [string, readonly string[]])[]>> = {
  llm: [
    ['openai', ['openai']],
    ['langchain', ['langchain', 'langchain-openai']],
    ['dspy', ['dspy']],
  ],
  workflow: [
    ['optuna', ['optuna', 'optuna-integration']],
    ['kedro', ['kedro', 'kedro-mlflow']],
  ],
  'deep-learning': [
    ['lightning', ['lightning', 'torch']],
    ['transformers', ['transformers', 'torch']],
  ],
};
const EXPORT_IMPORT = [
  'databricks-cli==0.18.0',
  'oauthlib==4.0.1',
  'pyjwt==2.15.1',
  'tabulate==0.9.0',
  'wheel==0.48.0',
];

/** Python clients: older versions of MLflow's own, its export-import tool, and libraries with automatic logging. */
export const PYTHON_PROGRAMS: readonly Program[] = [
  ...['1.30', '2.9'].map(
    (version): Program => ({
      name: `python-mlflow-${version}`,
      version: pinned(`python-mlflow/requirements-${version}.txt`, 'mlflow-skinny'),
      run: async (env) =>
        day(
          await pythonFolder(`mlflow-${version}`, requirements(`python-mlflow/requirements-${version}.txt`)),
          'python-mlflow',
          env,
        ),
    }),
  ),
  ...['2.22.5', '3.5.1'].map(
    (version): Program => ({
      name: `python-mlflow-${version.replace(/\.\d+$/, '')}`,
      version: `mlflow ${version}`,
      run: async (env) =>
        day((await mlflowEnv(version)).python, 'python-mlflow', { ...env, WITH_COMMANDS: '1' }),
    }),
  ),
  {
    name: 'export-import-1.2',
    version: 'mlflow-export-import 1.2.0 with mlflow-skinny 2.9.2',
    alone: true,
    run: async (env) => {
      const packages = [
        ...requirements('python-mlflow/requirements-2.9.txt'),
        'mlflow-export-import==1.2.0',
        'wheel==0.48.0',
      ];
      await day(await pythonFolder('export-import-1.2', packages), 'export-import', env);
    },
  },
  {
    name: 'export-import',
    version: `mlflow-export-import of its repository with mlflow ${DEFAULT_MLFLOW_VERSION}`,
    needs: 'MLFLOW_EXPORT_IMPORT, a checkout of github.com/mlflow/mlflow-export-import',
    alone: true,
    run: async (env) => {
      const { MLFLOW_EXPORT_IMPORT: checkout } = process.env;
      if (checkout === undefined)
        throw new Error('MLFLOW_EXPORT_IMPORT has to name a checkout of mlflow-export-import');
      const { python } = await layeredEnv({ name: 'export-import', packages: EXPORT_IMPORT });
      await day(python, 'export-import', env, { path: checkout });
    },
  },
  ...Object.entries(LIBRARIES).flatMap(([folder, names]) =>
    names.map(([name, versions]): Program => {
      const file = `python-${folder}/requirements.txt`;
      return {
        name: `autolog-${name}`,
        version: versions.map((of) => pinned(file, of)).join(', '),
        ...(folder === 'deep-learning'
          ? { needs: '7 GB, PyTorch for GPUs: there is no smaller one on PyPI' }
          : {}),
        run: async (env) => {
          const { python } = await layeredEnv({ name: folder, packages: requirements(file) });
          await day(python, `python-${folder}`, env, { script: `${name}_day.py` });
        },
      };
    }),
  ),
];

interface Day {
  /** Default `day.py`. */
  readonly script?: string;
  /** Where more of Python's modules are. */
  readonly path?: string;
}

function day(
  python: string,
  folder: string,
  env: Readonly<Record<string, string>>,
  { script = 'day.py', path }: Day = {},
): Promise<void> {
  const home = join(env.WORK!, 'home');
  mkdirSync(home, { recursive: true });
  return start(python, ['-W', 'ignore', join(SOURCES, folder, script)], {
    HOME: home,
    PYTHONPATH: [join(SOURCES, 'python'), ...(path === undefined ? [] : [path])].join(delimiter),
    // The order of a set depends on hashes, which Python seeds for each process.
    PYTHONHASHSEED: '0',
    MLFLOW_DISABLE_TELEMETRY: 'true',
    DO_NOT_TRACK: 'true',
    ...env,
  });
}

function requirements(file: string): readonly string[] {
  return readFileSync(join(SOURCES, file), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}

function pinned(file: string, name: string): string {
  return requirements(file)
    .find((line) => line.startsWith(`${name}==`))!
    .replace('==', ' ');
}
