import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{.ci,src,codegen,dev,bench,build,e2e/versions,e2e/mlflow-suites}/**/*.test.ts'],
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
          include: ['e2e/mlflow/**/*.test.ts'],
          exclude: ['e2e/mlflow/conformance-*.test.ts'],
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
          include: ['e2e/mlflow/conformance-*.test.ts'],
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
        // MLflow as people run it elsewhere than on a laptop: below paths, on PostgreSQL, on S3, with its job runner. Needs Chromium and PostgreSQL.
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
        // MLflow's own pages in a real Chromium, before a real MLflow: docs/ui.md. Each file has an MLflow and a browser of its own.
        test: {
          name: 'ui',
          include: ['e2e/ui/**/*.test.ts'],
          globalSetup: ['e2e/harness/global-setup.ts'],
          testTimeout: 360_000,
          hookTimeout: 600_000,
          // A click changes what the next one finds.
          sequence: { shuffle: false },
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
        // The chart on a real cluster: `npm run e2e`, docs/e2e.md.
        test: {
          name: 'cluster',
          include: ['e2e/cluster/**/*.test.ts'],
          globalSetup: ['e2e/cluster/support/shared-setup.ts'],
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
  },
});
