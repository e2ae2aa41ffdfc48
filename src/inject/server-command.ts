import { isPort } from './annotations.ts';
import { type Container, variableOf } from './pod.ts';

/** What can be told of how MLflow's server is started; what stands in `envFrom` or an image cannot. */
export interface ServerCommand {
  /** `mlflow server` (or `mlflow ui`) is called in the pod itself, so that what is not said there has MLflow's default. */
  readonly explicit: boolean;
  /** MLflow's app is run by a web server that is called itself, such as gunicorn: what MLflow is told does not count. */
  readonly direct: string | undefined;
  /** Where it was told to listen; more than one value when it was told several. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** It was told a port that cannot be read here, such as `$PORT`. */
  readonly portUnclear: boolean;
  /** Addresses that the options for gunicorn or waitress name (`-b`): opened besides host and port. */
  readonly binds: readonly string[];
  /** Variables that say where a server listens, and that the command line itself sets or takes away. */
  readonly changes: readonly string[];
  /** What it was told to have before its paths; more than one value when it was told several. */
  readonly prefixes: readonly string[];
  /** Whether an option is given, on the command line or in the options for uvicorn. */
  has(...options: readonly string[]): boolean;
}

/** Where one command of a shell ends. */
const ENDS = new Set(['&&', '||', '|', ';', '&']);
/** By its name, its path, or as a module (`python -m mlflow`). */
const MLFLOW = /^(?:.*\/)?mlflow(?:\.cli|\.__main__)?$/;
const WEB_SERVER = /^(?:.*\/)?(gunicorn|uvicorn|waitress-serve|waitress|hypercorn|daphne)$/;
const APP = /^mlflow\.server(?:\.|:|$)/;
/** Variables that decide which server runs, and where it listens. */
const DECIDES = /^(?:-u)?(UVICORN_UDS|UVICORN_FD|MLFLOW_GUNICORN_OPTS|GUNICORN_CMD_ARGS)(?:=|$)/;

/**
 * Reads the command and arguments of MLflow's container, also those in a shell's one string, and MLflow's variables,
 * which count only where the command line says nothing (Click's order). It is not a shell: what it does not
 * recognise it does not know of, and the gateway's own check (`BypassCheck`) stands behind it.
 *
 * @see mlflow/cli/__init__.py (`server`), mlflow/utils/cli_args.py and mlflow/server/__init__.py
 *   (`_build_gunicorn_command`, `_build_uvicorn_command`) of MLflow for options and variables
 */
export function readServerCommand(container: Container): ServerCommand {
  const all = words([...(container.command ?? []), ...(container.args ?? [])]);
  const servers = serversIn(all);
  const own = servers.flat();
  const direct = directServer(all);
  const told = direct === undefined ? own : all;
  const variable = (name: string): string[] => words([variableOf(container, name)?.value ?? '']);
  const options = variable('MLFLOW_UVICORN_OPTS');
  const has = (...names: readonly string[]): boolean =>
    [...own, ...options].some((word) => names.some((name) => word === name || word.startsWith(`${name}=`)));
  const ports = given(own, ['--port', '-p'], variableOf(container, 'MLFLOW_PORT'));
  return {
    explicit: servers.length > 0,
    direct,
    hosts: given(told, ['--host', '-h'], variableOf(container, 'MLFLOW_HOST')),
    ports: ports.filter(isPort).map(Number),
    portUnclear: !ports.every(isPort),
    binds: [told, variable('MLFLOW_GUNICORN_OPTS'), variable('GUNICORN_CMD_ARGS')].flatMap(bindsIn),
    changes: [...new Set(all.flatMap((word) => DECIDES.exec(word)?.[1] ?? []))],
    prefixes: given(own, ['--static-prefix'], variableOf(container, 'MLFLOW_STATIC_PREFIX')),
    has,
  };
}

function words(texts: readonly string[]): string[] {
  return (
    texts
      .flatMap((text) => text.replaceAll(/(;|&&|\|\|)/g, ' $1 ').split(/\s+/))
      .map((word) => word.replaceAll(/["']/g, ''))
      // Options for the web server, the first of them in one word with the name.
      .flatMap((word) => word.replace(/^(--(?:gunicorn|uvicorn|waitress)-opts)=/, '$1 ').split(' '))
      .filter((word) => word !== '')
  );
}

/** The words after each `mlflow server`, up to the end of that command. */
function serversIn(all: readonly string[]): string[][] {
  return all.flatMap((word, i) => {
    if (!MLFLOW.test(word)) return [];
    let at = i + 1;
    // The one option that comes before the command.
    if (all[at] === '--env-file') at += 2;
    else if (all[at]?.startsWith('--env-file=')) at += 1;
    if (all[at] !== 'server' && all[at] !== 'ui') return [];
    const rest = all.slice(at + 1);
    const end = rest.findIndex((one) => ENDS.has(one));
    return [rest.slice(0, end === -1 ? undefined : end)];
  });
}

function directServer(all: readonly string[]): string | undefined {
  if (!all.some((word) => APP.test(word))) return undefined;
  const server = all.map((word) => WEB_SERVER.exec(word)?.[1]).find((name) => name !== undefined);
  return server;
}

/** Stands for a value that cannot be read here. */
const UNREADABLE = '?';

/**
 * The values of gunicorn's `-b` and `--bind`, which its parser also takes shortened, without a blank and behind other
 * letters (argparse), and of waitress's `--listen`. Each opens an address more.
 */
function bindsIn(own: readonly string[]): string[] {
  return own.flatMap((word, i) => {
    const long = /^--(?:bi(?:n|nd)?|listen)(?:=(.*))?$/.exec(word);
    if (long !== null) return [long[1] ?? own[i + 1] ?? UNREADABLE];
    const short = /^-R*b(.*)$/.exec(word);
    return short === null ? [] : [short[1] || (own[i + 1] ?? UNREADABLE)];
  });
}

function given(
  own: readonly string[],
  names: readonly string[],
  variable: { readonly value: string | undefined } | undefined,
): string[] {
  const values = own.flatMap((word, i) => {
    const [name = '', ...value] = word.split('=');
    if (names.includes(name)) return word.includes('=') ? [value.join('=')] : [own[i + 1] ?? UNREADABLE];
    // Click takes a value behind its letter: -p5001.
    const letter = /^-[a-z]/.exec(word)?.[0] ?? '';
    return word.length > 2 && names.includes(letter) ? [word.slice(2)] : [];
  });
  if (values.length === 0 && variable !== undefined) return [variable.value ?? UNREADABLE];
  return [...new Set(values)];
}
