import { type BrowserSuiteName, type SuiteName, scriptOf } from '../dev/suites.ts';
import type { Step } from './schedule.ts';

/** A step that counts as one check. `run` is bash. */
const check = (name: string, run: string, more: Partial<Step> = {}): Step => ({
  name,
  run,
  counts: 'one',
  ...more,
});

interface SuiteOptions extends Partial<Step> {
  /** Bash that sets the variables that the suite needs. */
  readonly before?: string;
  /** Limits the step to these files of the suite. */
  readonly only?: string;
}

/** A suite of dev/suites.ts that runs on vitest; each of its tests counts. */
const suite = (name: SuiteName, { before = '', only = '', ...more }: SuiteOptions = {}): Step => ({
  name: scriptOf(name),
  run: `${before}\nnpm run --silent ${scriptOf(name)} -- ${only} --reporter=default --reporter=json --outputFile.json="$VITEST_REPORT"`,
  counts: ['vitest'],
  ...more,
});

/** A suite that runs on Playwright; each of its tests counts. */
const browserSuite = (name: BrowserSuiteName, more: Partial<Step> = {}): Step => ({
  name: `test:${name}`,
  run: `npm run --silent test:${name}`,
  counts: ['playwright'],
  ...more,
});

/** Prepares later steps, at low priority, beside other steps and one at a time. */
const prepare = (name: string, run: string, more: Partial<Step> = {}): Step =>
  check(name, run, { background: true, ...more });

const ENVS = 'MLflow environments';
const SAMPLE = { CONFORMANCE_ONE_IN: '4' };
const afterEnvs = { after: [ENVS] };

/**
 * The steps of `.ci/run`: four run at a time, and the first one that may begin is the next. A step that keeps more than one core
 * busy is `heavy` and counts as two; two heavy steps never run at once, since both would time out. Long steps come first, so that no core is
 * idle at the end.
 */
export const STEPS: readonly Step[] = [
  prepare('Debian packages', '.ci/packages.sh'),
  prepare('oauth2-proxy', '.ci/images/oauth2-proxy.sh'),
  prepare('kube-apiserver and helm', '.ci/tools.sh; .ci/kube-assets.sh', { after: ['Debian packages'] }),
  prepare('Keycloak', 'node .ci/keycloak.ts'),
  // Not at low priority, which all containers would inherit.
  check('Docker', '.ci/docker.sh', { after: ['Debian packages'], background: true, nice: 0 }),
  // Not at low priority either: the longest suite waits for them.
  prepare('images', '.ci/cluster.sh --images', {
    nice: 0,
    after: ['Docker', 'oauth2-proxy', 'kube-apiserver and helm', 'Keycloak', ENVS],
  }),
  prepare('Docker Compose', '.ci/compose.sh'),

  check(ENVS, 'node .ci/mlflow-envs.ts'),
  check('lint', 'npm run --silent lint'),
  check('types', 'npm run --silent typecheck'),
  check('generated files up to date', 'npm run --silent codegen:check'),
  check('docs site', 'npm run --silent docs:build'),
  suite('unit'),
  // The longest one, so it is first as soon as its images are made. Both runners on one cluster, and examples/kind, if its chart can be had:
  // COMMUNITY_CHART may name a folder with it.
  suite('cluster', {
    counts: ['vitest', 'playwright'],
    after: ['images', 'Debian packages'],
    heavy: true,
    before: `PATH="$(.ci/tools.sh):$PATH"
# Only now: an idle cluster uses a fifth of a core.
E2E_KUBECONFIG=$(.ci/cluster.sh --made)
export E2E_KUBECONFIG
trap '.ci/cluster.sh --delete' EXIT`,
  }),
  // examples/compose, with the images of the cluster.
  {
    name: 'e2e:compose',
    run: `E2E_COMPOSE=$(.ci/compose.sh)
export E2E_COMPOSE
GATEWAY_IMAGE=mlflow-gateway:e2e npm run --silent e2e:compose -- --grep @ci`,
    counts: ['playwright'],
    after: ['images', 'Docker Compose', 'Debian packages'],
  },
  suite('attacks', afterEnvs),
  browserSuite('ui', { after: [ENVS, 'Debian packages'] }),
  suite('conformance', afterEnvs),
  suite('mlflow', afterEnvs),
  suite('clients', afterEnvs),
  // The chart: rendered, and applied to a real API server.
  suite('chart', {
    after: ['oauth2-proxy', 'kube-apiserver and helm'],
    before: `PATH="$(.ci/tools.sh):$PATH"
KUBEBUILDER_ASSETS=$(.ci/kube-assets.sh)
OAUTH2_PROXY=$(.ci/images/oauth2-proxy.sh)
export KUBEBUILDER_ASSETS OAUTH2_PROXY`,
  }),
  suite('deployments', { after: [ENVS, 'Debian packages'] }),
  browserSuite('behind-a-path', { after: [ENVS, 'Debian packages'] }),
  suite('migration', afterEnvs),
  // As root it creates a control group, so that the kernel enforces the chart's memory limit.
  suite('hostile', afterEnvs),
  suite('idp', { after: [ENVS, 'Keycloak'], before: '. .ci/java.sh' }),
  // The oldest, and the first with workspaces, on a sample of operations: docs/versions.md has the whole matrix.
  suite('conformance', {
    ...afterEnvs,
    name: 'conformance on MLflow 3.10.1, strategy workspaces',
    only: 'e2e/conformance/workspaces.test.ts',
    env: { ...SAMPLE, E2E_MLFLOW_VERSION: '3.10.1' },
  }),
  suite('conformance', {
    ...afterEnvs,
    name: 'conformance on MLflow 2.22.5, strategy tags',
    only: 'e2e/conformance/tags.test.ts',
    env: { ...SAMPLE, E2E_MLFLOW_VERSION: '2.22.5' },
  }),
  check(
    'tests of the extraction',
    'cd openapi && python3 -m unittest extract.test_sources extract.test_decisions extract.test_merge',
  ),
  check('tests of the Python helper', '.ci/python-helper.sh'),
  check(
    'description up to date with every surveyed MLflow',
    'cd openapi && python3 -m extract --check',
    afterEnvs,
  ),
  check('workflows', '"$(.ci/go-tool.sh actionlint)" -shellcheck= -pyflakes=', {
    after: ['Debian packages'],
  }),
  check('quickstart of the README', 'npm run --silent quickstart -- --fresh --check --port 18000', afterEnvs),
];

/** Runs at the end, after failures too, and is not counted. */
export const CLEANUP =
  'if command -v dockerd >/dev/null; then .ci/cluster.sh --delete; .ci/docker.sh --stop; fi';
