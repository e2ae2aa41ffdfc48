import { join } from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { SUITES, type Suite } from './dev/suites.ts';

// Tests start the gateway and its command line hundreds of times; with their code compiled they start in half the time.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules/.cache/compiled');

/** How long `expect.poll` waits. */
const POLL_MS = 60_000;

const projectOf = (suite: Suite): TestProjectInlineConfiguration => ({
  test: {
    name: suite.name,
    include: [suite.files],
    testTimeout: suite.testMs,
    // A report of CI has messages only, and vitest's 40 characters do not say which of a hundred items was wrong.
    chaiConfig: { truncateThreshold: 2000 },
    ...(suite.hookMs === undefined ? {} : { hookTimeout: suite.hookMs }),
    ...(suite.globalSetup === undefined ? {} : { globalSetup: [suite.globalSetup] }),
    ...(suite.oneFileAtATime === undefined ? {} : { fileParallelism: false }),
    ...(suite.filesAtOnce === undefined ? {} : { maxWorkers: suite.filesAtOnce }),
    ...(suite.shareModules === undefined ? {} : { isolate: false }),
    // A condition may need its time on a busy machine; vitest's default of one second fails there.
    expect: { poll: { timeout: POLL_MS, interval: 10 } },
  },
});

export default defineConfig({ test: { projects: SUITES.map(projectOf) } });
