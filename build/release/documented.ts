/** How the commands of docs/verify.md are run against what a dry run has published. */
export interface VerifyOptions {
  readonly version: string;
  /** The registry, without a scheme. */
  readonly registry: string;
  /** The public key in place of the workflow's identity. */
  readonly publicKey: string;
  readonly helm: string;
  /** Options of helm for that registry. */
  readonly helmOptions: readonly string[];
}

/** Only GitHub and npm themselves have what these commands ask for. */
const NOT_ON_LOOPBACK = new Set(['Download', 'Provenance']);

/**
 * A script of the commands that a page tells users to run, in its order. The page's first block sets variables; here they have the values of
 * a dry run.
 *
 * @throws Error if the page has no such blocks
 * @example
 * command('bash', ['-euo', 'pipefail', '-xc', documentedCommands(page, options)], { cwd: out });
 */
export function documentedCommands(page: string, options: VerifyOptions): string {
  const { version, registry, publicKey, helm, helmOptions } = options;
  const [settings, ...sections] = page.split(/^## /m).map((section) => ({
    title: section.slice(0, section.indexOf('\n')),
    blocks: [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block ?? ''),
  }));
  if (settings?.blocks.length !== 1) throw new Error('the page does not begin with one block of variables');
  const names = [...(settings.blocks[0] ?? '').matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
  const values: Readonly<Record<string, string>> = {
    VERSION: version,
    IMAGE: `${registry}/mlflow-gateway`,
    CHART: `${registry}/charts/mlflow-gateway`,
    // A dry run has no transparency log.
    SIGNED_BY: `(--key '${publicKey}' --insecure-ignore-tlog=true)`,
  };
  if (names.sort().join() !== Object.keys(values).sort().join())
    throw new Error(`the page has the variables ${names.join(', ')}`);
  const commands = sections
    .filter(({ title }) => !NOT_ON_LOOPBACK.has(title))
    .flatMap(({ blocks }) => blocks);
  if (commands.length === 0) throw new Error('the page has no commands');
  return [
    ...Object.entries(values).map(([name, value]) => `${name}=${value}\n`),
    `helm() { '${helm}' "$@" ${helmOptions.join(' ')}; }\n`,
    ...commands,
  ].join('');
}
