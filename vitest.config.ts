import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'codegen/**/*.test.ts', 'dev/**/*.test.ts', 'build/**/*.test.ts'],
        },
      },
      {
        // One real MLflow per file would cost minutes: files share what e2e/mlflow/global-setup.ts starts.
        test: {
          name: 'mlflow',
          include: ['e2e/mlflow/**/*.test.ts'],
          globalSetup: ['e2e/mlflow/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        // Needs helm; with KUBEBUILDER_ASSETS (kube-apiserver, etcd, kubectl) a real API server is asked too.
        test: {
          name: 'chart',
          include: ['chart/tests/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // A real Keycloak: fetched by Maven, needs Java; run by CI and by `npm run test:idp`.
        test: {
          name: 'idp',
          include: ['e2e/idp/**/*.test.ts'],
          globalSetup: ['e2e/mlflow/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 400_000,
        },
      },
    ],
  },
});
