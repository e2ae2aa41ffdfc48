import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['src/**/*.test.ts', 'codegen/**/*.test.ts', 'dev/**/*.test.ts'] },
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
    ],
  },
});
