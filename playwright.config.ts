import { defineConfig } from '@playwright/test';
import { chromiumOptions } from './e2e/harness/chromium.ts';
import type { WorkerOptions } from './e2e/ui/fixtures.ts';

// `npx playwright show-report` opens the HTML report of the last run: docs/ui.md.
const html = process.env.PLAYWRIGHT_HTML_OUTPUT_DIR || 'test-results/playwright-report';
const json = process.env.PLAYWRIGHT_JSON_OUTPUT_FILE;

export default defineConfig<object, WorkerOptions>({
  // Playwright's tests are `x.spec.ts`, vitest's are `x.test.ts`.
  testMatch: '**/*.spec.ts',
  // Each worker keeps a browser and an MLflow busy, so two of them fill two cores.
  workers: 2,
  // The second try records the trace: recorded in every test it takes half as much processor time again. A failure stays a
  // failure, whatever the second try says.
  retries: 1,
  failOnFlakyTests: true,
  // Each failure costs a new worker with a new MLflow, and a minute or more of waiting.
  maxFailures: 10,
  forbidOnly: true,
  // Generous, for machines that are busy with something else: no test measures time.
  timeout: 360_000,
  reporter: [
    ['list'],
    ['html', { open: 'never', outputFolder: html }],
    ...(json ? [['json', { outputFile: json }] as const] : []),
  ],
  use: {
    launchOptions: chromiumOptions(),
    screenshot: 'only-on-failure',
    trace: 'on-first-retry',
  },
  projects: [
    // MLflow's own UI, under each tenancy strategy: docs/ui.md. One worker a strategy, so that all its files share an MLflow
    // and run in the order of their names.
    {
      name: 'ui-tags',
      testDir: 'e2e/ui',
      testIgnore: 'workspaces.spec.ts',
      outputDir: 'test-results/ui-tags',
      workers: 1,
      use: { strategy: 'tags' },
    },
    {
      name: 'ui-workspaces',
      testDir: 'e2e/ui',
      outputDir: 'test-results/ui-workspaces',
      workers: 1,
      use: { strategy: 'workspaces' },
    },
    {
      // The gateway and MLflow below paths: docs/behind-a-path.md. Needs openssl.
      name: 'behind-a-path',
      testDir: 'e2e/deployments',
      outputDir: 'test-results/behind-a-path',
    },
    {
      // Sign-in on a cluster, after vitest's project `cluster`: `npm run e2e` runs both, docs/e2e.md.
      name: 'cluster-browser',
      testDir: 'e2e/cluster',
      outputDir: 'test-results/cluster-browser',
      // One installation for all files.
      workers: 1,
    },
    {
      // examples/compose with a browser: `npm run e2e:compose`. Needs Docker Compose.
      name: 'compose',
      testDir: 'e2e/compose',
      outputDir: 'test-results/compose',
      // A second try would start everything again.
      retries: 0,
    },
  ],
});
