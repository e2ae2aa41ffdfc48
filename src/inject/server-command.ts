import { isPort } from './annotations.ts';
import { type Container, variableOf } from './pod.ts';

/** What can be told of how MLflow's server is started; what stands in `envFrom` or an image cannot. */
export interface ServerCommand {
  /** `mlflow server` (or `mlflow ui`) is called in the pod itself, so that what is not said there has MLflow's default. */
  readonly explicit: boolean;
  /** Where it was told to listen; more than one value when it was told several. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** It was told a port that cannot be read here, such as `$PORT`. */
  readonly portUnclear: boolean;
  /** What it was told to have before its paths; more than one value when it was told several. */
  readonly prefixes: readonly string[];
  /** Whether an option is given, on the command line or in the options for uvicorn. */
  has(...options: readonly string[]): boolean;
}

/** Where one command of a shell ends. */
const ENDS = new Set(['&&', '||', '|', ';', '&']);

/**
 * Reads the command and arguments of MLflow's container, also those in a shell's one string, and MLflow's variables,
 * which count only where the command line says nothing (Click's order). It is not a shell: what it does not
 * recognise it does not know of, and the gateway's own check (`BypassCheck`) stands behind it.
 *
 * @see mlflow/cli/__init__.py (`server`) and mlflow/utils/cli_args.py of MLflow for options and variables
 */
export function readServerCommand(container: Container): ServerCommand {
  const all = words([...(container.command ?? []), ...(container.args ?? [])]);
  const start = all.findIndex(
    (word, i) => (word === 'server' || word === 'ui') && /(^|\/)mlflow$/.test(all[i - 1] ?? ''),
  );
  const end = all.findIndex((word, i) => i > start && ENDS.has(word));
  const own = all.slice(start + 1, end === -1 ? undefined : end);
  const options = words([variableOf(container, 'MLFLOW_UVICORN_OPTS')?.value ?? '']);
  const has = (...names: readonly string[]): boolean =>
    [...own, ...options].some((word) => names.some((name) => word === name || word.startsWith(`${name}=`)));
  const ports = given(own, ['--port', '-p'], variableOf(container, 'MLFLOW_PORT'));
  return {
    explicit: start >= 0,
    hosts: given(own, ['--host', '-h'], variableOf(container, 'MLFLOW_HOST')),
    ports: ports.filter(isPort).map(Number),
    portUnclear: !ports.every(isPort),
    prefixes: given(own, ['--static-prefix'], variableOf(container, 'MLFLOW_STATIC_PREFIX')),
    has,
  };
}

function words(texts: readonly string[]): string[] {
  return texts
    .flatMap((text) => text.replaceAll(/(;|&&|\|\|)/g, ' $1 ').split(/\s+/))
    .map((word) => word.replaceAll(/["']/g, ''))
    .filter((word) => word !== '');
}

/** Stands for a value that cannot be read here. */
const UNREADABLE = '?';

function given(
  own: readonly string[],
  names: readonly string[],
  variable: { readonly value: string | undefined } | undefined,
): string[] {
  const values = own.flatMap((word, i) => {
    const [name = '', ...value] = word.split('=');
    if (!names.includes(name)) return [];
    return word.includes('=') ? [value.join('=')] : [own[i + 1] ?? UNREADABLE];
  });
  if (values.length === 0 && variable !== undefined) return [variable.value ?? UNREADABLE];
  return [...new Set(values)];
}
