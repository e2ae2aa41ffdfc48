import { join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { SUITES, type Suite } from './dev/suites.ts';

// Tests start the gateway and its command line hundreds of times; with their code compiled they start in half the time.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

const projectOf = (suite: Suite): TestProjectInlineConfiguration => ({
  test: {
<<<<<<< 9a8f46f1a27a3b39bb8cc81a54396ea01aeedf30
    name: suite.name,
    include: [suite.files],
    testTimeout: suite.testMs,
    ...(suite.hookMs === undefined ? {} : { hookTimeout: suite.hookMs }),
    ...(suite.globalSetup === undefined ? {} : { globalSetup: [suite.globalSetup] }),
    ...(suite.oneFileAtATime === undefined ? {} : { fileParallelism: false }),
    ...(suite.shareModules === undefined ? {} : { isolate: false }),
=======
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{.ci,src,codegen,dev,bench,build,e2e/harness,e2e/versions,e2e/mlflow-suites}/**/*.test.ts',
          ],
          // Generous, for machines that are busy with something else: nothing here is timed.
          testTimeout: 120_000,
          // 180 files in a process each cost more than their tests do. Modules are shared, so a test undoes what it stubs.
          isolate: false,
        },
      },
      {
        // One real MLflow per file would cost minutes: files share what e2e/harness/global-setup.ts starts.
        test: {
          name: 'mlflow',
          include: ['e2e/{gateway,attacks,filters,races}/**/*.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Every operation and reference of the catalog, under each tenancy strategy: thousands of requests.
        test: {
          name: 'conformance',
          include: ['e2e/conformance/**/*.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // MLflow's own Python client, straight at MLflow and through the gateway: docs/clients.md.
        test: {
          name: 'clients',
          include: ['e2e/clients/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // MLflow as in production: on PostgreSQL, on S3, with its job runner. Needs PostgreSQL. Paths: playwright.config.ts.
        test: {
          name: 'deployments',
          include: ['e2e/deployments/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Hostile requests against the bundle with the chart's memory limit: docs/hostile.md.
        test: {
          name: 'hostile',
          include: ['e2e/hostile/**/*.test.ts'],
          testTimeout: 900_000,
          fileParallelism: false,
        },
      },
      {
        // What `adopt` and `audit-ownership` do to servers that have data: docs/migration.md.
        test: {
          name: 'migration',
          include: ['e2e/migration/**/*.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        // Needs helm; with KUBEBUILDER_ASSETS (kube-apiserver, etcd, kubectl) a real API server is asked too.
        test: {
          name: 'chart',
          include: ['chart/tests/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
        },
      },
      {
        // A real Keycloak: fetched by Maven, needs Java; run by CI and by `npm run test:idp`.
        test: {
          name: 'idp',
          include: ['e2e/idp/**/*.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        // The chart on a real cluster, without a browser: `npm run e2e` starts the cluster, docs/e2e.md.
        test: {
          name: 'cluster',
          include: ['e2e/cluster/**/*.test.ts'],
          globalSetup: ['e2e/cluster/global-setup.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          // What a test finds is what the one before left.
          sequence: { shuffle: false },
        },
      },
      {
        // The charts of MLflow with many values on a real cluster: `npm run e2e:charts`, docs/e2e.md.
        test: {
          name: 'cluster-charts',
          include: ['e2e/charts-cluster/**/*.test.ts'],
          globalSetup: ['e2e/charts-cluster/global-setup.ts'],
          testTimeout: 480_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { shuffle: false },
        },
      },
    ],
>>>>>>> 6dc97804009de8635258421b37377e57604e9f44
  },
});

export default defineConfig({ test: { projects: SUITES.map(projectOf) } });
