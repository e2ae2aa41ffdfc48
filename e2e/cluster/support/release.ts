import { CHART, HELM } from '../../../chart/tests/helm.ts';
import { run } from './command.ts';
import { AUTHORITY, ISSUER } from './keycloak.ts';
import { settings } from './settings.ts';

/** The name of every release of the tests. */
export const RELEASE = 'gateway';
/** The names of the chart's objects. */
export const FULLNAME = `${RELEASE}-mlflow-gateway`;

export interface InstallOptions {
  /** Whether helm waits until everything is ready. Default true. */
  readonly wait?: boolean;
}

/**
 * Installs or upgrades the chart, with values in addition to those for Keycloak (unless they have `gateway.identity`) and the image.
 *
 * @throws Error with the output of helm
 * @example
 * await install('e2e-webhook', { mode: 'sidecar' });
 */
export async function install(
  namespace: string,
  values: object,
  options: InstallOptions = {},
): Promise<void> {
  await installChart(namespace, CHART, withDefaults(values), options);
}

/**
 * Installs or upgrades a version of the chart with these values alone.
 *
 * @param chart its folder
 * @returns the output of helm
 * @throws Error with the output of helm
 */
export function installChart(
  namespace: string,
  chart: string,
  values: object,
  { wait = true }: InstallOptions = {},
): Promise<string> {
  const waiting = wait ? ['--wait', '--timeout', '180s'] : [];
  return run(HELM, ['upgrade', '--install', RELEASE, chart, '-n', namespace, '-f', '-', ...waiting], {
    input: JSON.stringify(values),
    timeoutMs: 240_000,
  });
}

/** Runs the release's own tests and returns their output. */
export function helmTest(namespace: string): Promise<string> {
  return run(HELM, ['test', RELEASE, '-n', namespace, '--logs', '--timeout', '120s'], { timeoutMs: 150_000 });
}

/** The notes that helm prints after an installation. */
export function notes(namespace: string): Promise<string> {
  return run(HELM, ['get', 'notes', RELEASE, '-n', namespace]);
}

export async function uninstall(namespace: string): Promise<void> {
  await run(HELM, ['uninstall', RELEASE, '-n', namespace, '--wait', '--ignore-not-found'], {
    timeoutMs: 180_000,
  });
}

/** Renders the chart for values that must fail. */
export function template(namespace: string, values: object): Promise<string> {
  const args = ['template', RELEASE, CHART, '-n', namespace, '--kube-version', '1.34.0', '-f', '-'];
  return run(HELM, args, { input: JSON.stringify(withDefaults(values)) });
}

const KEYCLOAK = {
  GW_OIDC_ISSUER: ISSUER,
  GW_OIDC_AUDIENCE: 'mlflow',
  GW_ROLE_CLAIM: 'realm_access.roles',
};

function withDefaults(values: object): object {
  const { config = {}, ...others } = values as { config?: object };
  const [repository, tag] = split(settings().gatewayImage);
  return {
    image: { repository, tag },
    certificateAuthorities: { provider: AUTHORITY },
    ...others,
    config: {
      ...('gateway' in others ? {} : KEYCLOAK),
      GW_WORKSPACE_AUTOCREATE: true,
      ...config,
    },
  };
}

/** Splits `registry:5000/name:tag` into name and tag. */
export function split(image: string): readonly [string, string] {
  const at = image.lastIndexOf(':');
  return [image.slice(0, at), image.slice(at + 1)];
}
