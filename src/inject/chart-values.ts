/** The names of a value in the two charts: community-charts/mlflow, and MLflow's own. */
const values = (community: string, official: string): string =>
  ` (community-charts/mlflow: ${community}; MLflow's chart: ${official})`;

const camel = (option: string): string =>
  option.replace(/^--/, '').replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
const snake = (option: string): string => option.replace(/^--/, '').replaceAll('-', '_');

/** Options for which a chart has a value of its own. */
const OWN: Readonly<Record<string, readonly [string, string]>> = {
  '--host': ['serverHost', 'server.value_options.host'],
  '--port': ['service.containerPort', 'server.value_options.port'],
  '--static-prefix': ['extraArgs.staticPrefix', 'server.staticPrefix'],
  '--expose-prometheus': ['serviceMonitor.enabled', 'metrics.enabled'],
  '--app-name': [
    'auth.enabled, ldapAuth.enabled, oidcAuth.enabled, extraArgs.appName',
    'server.value_options.app_name',
  ],
  '--allowed-hosts': ['ingress.hosts and serverAllowedHosts', 'server.value_options.allowed_hosts'],
};

/**
 * The values by which the two charts set an option of `mlflow server`, in brackets, for the end of a sentence.
 *
 * @example
 * `Remove --gunicorn-opts${optionIn('--gunicorn-opts')}.`;
 */
export function optionIn(option: string): string {
  const [community, official] = OWN[option] ?? [
    `extraArgs.${camel(option)}`,
    `server.value_options.${snake(option)}`,
  ];
  return values(community, official);
}

/** The same for an option without a value. */
export const flagIn = (flag: string): string =>
  values(`extraFlags: [${camel(flag)}]`, `server.flag_options: [${snake(flag)}]`);

/** The same for a variable of MLflow's container. */
export const variableIn = (): string => values('extraEnvVars', 'env');

/** The same for the pod's annotations. */
export const annotationIn = (): string => ' (podAnnotations of both charts)';
