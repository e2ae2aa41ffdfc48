const MINUTE = 60_000;

/** One MLflow for all files of a run, since a start costs seconds. */
const SHARED_MLFLOW = 'e2e/harness/global-setup.ts';

/** For files that start MLflow servers of their own: a start costs less. */
const FORKED_MLFLOW = 'e2e/harness/fork-server.ts';

/** A test suite on vitest: a project, an npm script, and steps of CI. */
export interface Suite {
  /** The vitest project. */
  readonly name: string;
  /** The npm script; default `test:NAME`. */
  readonly script?: string;
  /** The command of the script; default `vitest run --project NAME`. */
  readonly command?: string;
  readonly files: string;
  /** How long a test may take. Generous, since the machine may be busy with another suite. */
  readonly testMs: number;
  /** How long a hook may take; default: ten seconds, as in vitest. */
  readonly hookMs?: number;
  readonly globalSetup?: string;
  /** Files run one after the other: each has servers of its own. */
  readonly oneFileAtATime?: true;
  /** The number of files that run at once; default: one less than the number of cores. */
  readonly filesAtOnce?: number;
  /** Files share one process and its modules, so a test restores its stubs. */
  readonly shareModules?: true;
}

/**
 * Every vitest suite. `vitest.config.ts` makes a project of each, `package.json` has a script for each, `.ci/steps.ts` runs them by
 * name, and CONTRIBUTING.md describes them; suites.test.ts compares them.
 */
export const SUITES = [
  {
    name: 'unit',
    files: '{.ci,src,codegen,dev,bench,build,e2e/harness,e2e/versions,e2e/mlflow-suites}/**/*.test.ts',
    testMs: 4 * MINUTE,
    hookMs: 4 * MINUTE,
    // With a process for each of 180 files, starting them takes longer than the tests.
    shareModules: true,
    filesAtOnce: 2,
  },
  {
    name: 'mlflow',
    files: 'e2e/gateway/**/*.test.ts',
    globalSetup: SHARED_MLFLOW,
    testMs: 4 * MINUTE,
    hookMs: 10 * MINUTE,
    // Each file waits for MLflow half of the time.
    filesAtOnce: 2,
  },
  {
    name: 'attacks',
    files: 'e2e/{attacks,filters,races}/**/*.test.ts',
    globalSetup: SHARED_MLFLOW,
    testMs: 4 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'conformance',
    files: 'e2e/conformance/**/*.test.ts',
    globalSetup: SHARED_MLFLOW,
    testMs: 4 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'clients',
    files: 'e2e/clients/**/*.test.ts',
    globalSetup: FORKED_MLFLOW,
    testMs: 4 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'deployments',
    files: 'e2e/deployments/**/*.test.ts',
    globalSetup: FORKED_MLFLOW,
    testMs: 4 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'hostile',
    files: 'e2e/hostile/**/*.test.ts',
    testMs: 15 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'migration',
    files: 'e2e/migration/**/*.test.ts',
    globalSetup: SHARED_MLFLOW,
    testMs: 4 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'chart',
    files: 'chart/tests/**/*.test.ts',
    testMs: 4 * MINUTE,
    hookMs: 5 * MINUTE,
  },
  {
    name: 'idp',
    files: 'e2e/idp/**/*.test.ts',
    globalSetup: SHARED_MLFLOW,
    testMs: 4 * MINUTE,
    hookMs: 10 * MINUTE,
  },
  {
    name: 'cluster',
    script: 'e2e',
    command: 'node e2e/cluster/main.ts',
    files: 'e2e/cluster/**/*.test.ts',
    globalSetup: 'e2e/cluster/global-setup.ts',
    testMs: 5 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'cluster-charts',
    script: 'e2e:charts',
    files: 'e2e/charts-cluster/**/*.test.ts',
    globalSetup: 'e2e/charts-cluster/global-setup.ts',
    testMs: 8 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'cluster-upgrade',
    script: 'e2e:upgrade',
    files: 'e2e/upgrade/**/*.test.ts',
    globalSetup: 'e2e/upgrade/global-setup.ts',
    testMs: 8 * MINUTE,
    hookMs: 10 * MINUTE,
    oneFileAtATime: true,
  },
  {
    name: 'kind-example',
    script: 'e2e:kind-example',
    files: 'e2e/kind-example/**/*.test.ts',
    testMs: 10 * MINUTE,
    // Makes the cluster, and pulls and builds images.
    hookMs: 40 * MINUTE,
  },
] as const satisfies readonly Suite[];

/** The suites on Playwright with a script and a step of CI of their own; `playwright.config.ts` has their projects. */
export const BROWSER_SUITES = ['ui', 'behind-a-path'] as const;

export type BrowserSuiteName = (typeof BROWSER_SUITES)[number];

export type SuiteName = (typeof SUITES)[number]['name'];

/**
 * The npm script of a suite.
 *
 * @example
 * scriptOf('cluster'); // 'e2e'
 */
export function scriptOf(name: SuiteName): string {
  const suite: Suite = SUITES.find((one) => one.name === name)!;
  return suite.script ?? `test:${name}`;
}
