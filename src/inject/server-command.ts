import { isPort } from './annotations.ts';
import { type Container, variableOf } from './pod.ts';
import { shellWords } from './shell-words.ts';

/** How MLflow's server is started, as far as the pod shows it; `envFrom` and the image cannot be read. */
export interface ServerCommand {
  /** The pod itself calls `mlflow server` (or `mlflow ui`), so missing options have MLflow's defaults. */
  readonly explicit: boolean;
  /** The web server that runs MLflow's app directly, such as gunicorn. MLflow's own options then have no effect. */
  readonly direct: string | undefined;
  /** The configured hosts; several if the options conflict. */
  readonly hosts: readonly string[];
  readonly ports: readonly number[];
  /** A configured port cannot be read here, such as `$PORT`. */
  readonly portUnclear: boolean;
  /** Addresses in the options for gunicorn or waitress (`-b`), in addition to host and port. */
  readonly binds: readonly string[];
  /** Variables of the server's address or behavior that the command line itself sets or removes. */
  readonly changes: readonly string[];
  /** The configured path prefixes; several if the options conflict. */
  readonly prefixes: readonly string[];
  /** The values of `--app-name`. */
  readonly apps: readonly string[];
  /** Each value of `--allowed-hosts`, unchanged. */
  readonly hostLists: readonly string[];
  /** Words that may be options of MLflow but cannot be read here, such as `$ARGS`. */
  readonly unreadable: readonly string[];
  /** MLflow commands other than the server, such as `db`. */
  readonly subcommands: readonly string[];
  /** The MLflow command that runs instead of the server, if no other program runs. */
  readonly other: string | undefined;
  /** Each value of `--uvicorn-opts`, `--gunicorn-opts` or `--waitress-opts`, unchanged. */
  readonly serverOptions: readonly string[];
  /** Every word of the command line, without quotes. */
  readonly words: readonly string[];
  /** Whether an option is given, on the command line or in the options for uvicorn. */
  has(...options: readonly string[]): boolean;
  /** Whether an option with this prefix is given there. */
  hasPrefix(prefix: string): boolean;
}

/** Separators of shell commands. */
const ENDS = new Set(['&&', '||', '|', ';', '&']);
/** By its name, its path, or as a module (`python -m mlflow`). */
const MLFLOW = /^(?:.*\/)?mlflow(?:\.cli|\.__main__)?$/;
const WEB_SERVER = /^(?:.*\/)?(gunicorn|uvicorn|waitress-serve|waitress|hypercorn|daphne|granian)$/;
/** MLflow's apps, and those of mlflow-oidc-auth. */
const APP = /^(?:mlflow\.server|mlflow_oidc_auth)(?:\.|:|$)/;
/** MLflow's options that pass options to the web server. */
export const SERVER_OPTIONS: readonly string[] = ['--gunicorn-opts', '--waitress-opts', '--uvicorn-opts'];
/** Variables that decide which server runs, its address, and the requests it accepts. */
const DECIDES =
  /^(?:-u|--unset=)?(UVICORN_\w+|GUNICORN_CMD_ARGS|MLFLOW_(?:HOST|PORT|STATIC_PREFIX|GUNICORN_OPTS|UVICORN_OPTS|SERVER_ALLOWED_HOSTS|ARTIFACTS_ONLY|EXPOSE_PROMETHEUS|AUTH_CONFIG_PATH))(?:=|$)/;

/**
 * Reads the command and arguments of MLflow's container, also inside a shell string, and MLflow's variables, which count
 * only without the option on the command line (Click's order). It is not a shell and ignores what it does not recognise;
 * the gateway's own check (`BypassCheck`) covers the rest.
 *
 * @see mlflow/cli/__init__.py (`server`), mlflow/utils/cli_args.py and mlflow/server/__init__.py
 *   (`_build_gunicorn_command`, `_build_uvicorn_command`) of MLflow for options and variables
 */
export function readServerCommand(container: Container): ServerCommand {
  const { command = [], args = [] } = container;
  const known = literals(container);
  const line = [...command, ...args].map((text) => expanded(text, known)).map(withoutAddress);
  // The entrypoint of the image may be `mlflow`.
  if (command.length === 0 && /^(?:server|ui)$/.test(line[0] ?? '')) line.unshift('mlflow');
  const all = words(line);
  const servers = serversIn(all);
  const own = servers.flat();
  const direct = directServer(all);
  const effective = direct === undefined ? own : all;
  const variable = (name: string): string[] => words([variableOf(container, name)?.value ?? '']);
  const options = [...own, ...(direct === 'uvicorn' ? all : []), ...variable('MLFLOW_UVICORN_OPTS')];
  const has = (...names: readonly string[]): boolean =>
    options.some((word) => names.some((name) => word === name || word.startsWith(`${name}=`)));
  // A web server that is run directly does not read MLflow's variables.
  const prefix = direct === undefined ? 'MLFLOW' : direct.toUpperCase();
  const ports = given(effective, ['--port', '-p'], variableOf(container, `${prefix}_PORT`));
  const binds = [effective, variable('MLFLOW_GUNICORN_OPTS'), variable('GUNICORN_CMD_ARGS')].flatMap(bindsIn);
  const bound = direct === undefined ? [] : binds.flatMap((bind) => /:(\d+)$/.exec(bind)?.[1] ?? []);
  const allPorts = [...new Set([...ports, ...bound])];
  return {
    explicit: servers.length > 0,
    direct,
    hosts: given(effective, ['--host', '-h'], variableOf(container, `${prefix}_HOST`)),
    ports: allPorts.filter(isPort).map(Number),
    portUnclear: !allPorts.every(isPort),
    binds,
    changes: [...new Set(all.flatMap((word) => DECIDES.exec(word)?.[1] ?? []))],
    prefixes: given(own, ['--static-prefix'], variableOf(container, 'MLFLOW_STATIC_PREFIX')),
    apps: given(own, ['--app-name'], undefined),
    hostLists: servers.length === 0 ? [] : exactly(line, '--allowed-hosts'),
    serverOptions: servers.length === 0 ? [] : SERVER_OPTIONS.flatMap((option) => exactly(line, option)),
    unreadable: own.filter((word, i) => isUnreadable(word, own[i - 1])),
    subcommands: all.flatMap((word, i) => (MLFLOW.test(word) ? subcommandAt(all, i) : [])),
    other: otherCommand(all),
    words: all,
    has,
    hasPrefix: (start) => options.some((word) => word.startsWith(start)),
  };
}

/** MLflow appends its own host and port to uvicorn's options, so those inside the options have no effect. */
function withoutAddress(text: string, i: number, line: readonly string[]): string {
  return text.startsWith('--uvicorn-opts=') || line[i - 1] === '--uvicorn-opts'
    ? text.replaceAll(/--(?:host|port)(?:=|\s+)\S+/g, '')
    : text;
}

/** The container's variables with literal values; the last of several with one name wins. */
function literals({ env = [] }: Container): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const { name, value = '', valueFrom } of env) {
    if (valueFrom === undefined && !value.includes('$(')) known.set(name, value);
    else known.delete(name);
  }
  return known;
}

/** Expands these variables like a shell or Kubernetes. */
function expanded(text: string, known: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\$\((\w+)\)|\$\{(\w+)\}|\$([A-Za-z_]\w*)/g,
    (whole, kubernetes?: string, braces?: string, plain?: string) =>
      known.get(kubernetes ?? braces ?? plain ?? '') ?? whole,
  );
}

function words(texts: readonly string[]): string[] {
  return (
    texts
      .flatMap((text) => text.replaceAll(/(;|&&|\|\|)/g, ' $1 ').split(/\s+/))
      .map((word) => word.replaceAll(/["'\\]/g, ''))
      // Options for the web server; the first may share a word with the option name.
      .flatMap((word) => word.replace(/^(--(?:gunicorn|uvicorn|waitress)-opts)=/, '$1 ').split(' '))
      .filter((word) => word !== '')
  );
}

/** The values of an option, with their blanks and commas. */
function exactly(line: readonly string[], option: string): string[] {
  const own = line.flatMap((text) => (/\s/.test(text) && /mlflow/.test(text) ? shellWords(text) : [text]));
  return own.flatMap((word, i) => {
    if (word === option) return [own[i + 1] ?? ''];
    return word.startsWith(`${option}=`) ? [word.slice(option.length + 1)] : [];
  });
}

/** The words after each `mlflow server`, up to the end of the command. */
function serversIn(all: readonly string[]): string[][] {
  return all.flatMap((word, i) => {
    if (!MLFLOW.test(word)) return [];
    const at = commandAt(all, i);
    if (all[at] !== 'server' && all[at] !== 'ui') return [];
    const rest = all.slice(at + 1);
    const end = rest.findIndex((one) => ENDS.has(one));
    return [rest.slice(0, end === -1 ? undefined : end)];
  });
}

/** The index of MLflow's subcommand, after its name and the option `--env-file`. */
function commandAt(all: readonly string[], mlflow: number): number {
  const at = mlflow + 1;
  if (all[at] === '--env-file') return at + 2;
  return all[at]?.startsWith('--env-file=') ? at + 1 : at;
}

/** The subcommand of MLflow (`db` of `mlflow db upgrade`), if neither its server nor another program runs. */
function otherCommand(all: readonly string[]): string | undefined {
  const first = all.findIndex((word) => !/^(?:.*\/)?(?:exec|python[\d.]*|-m)$/.test(word));
  if (first === -1 || !MLFLOW.test(all[first] ?? '') || all.some((word) => ENDS.has(word))) return undefined;
  return subcommandAt(all, first)[0];
}

function subcommandAt(all: readonly string[], mlflow: number): string[] {
  const command = all[commandAt(all, mlflow)];
  return command === undefined || !/^[a-z][a-z-]*$/.test(command) || /^(?:server|ui)$/.test(command)
    ? []
    : [command];
}

function directServer(all: readonly string[]): string | undefined {
  if (!all.some((word) => APP.test(word))) return undefined;
  const server = all.map((word) => WEB_SERVER.exec(word)?.[1]).find((name) => name !== undefined);
  return server;
}

/** Whether a word contains a variable in the position of an option. As the value of an option it has no effect here. */
function isUnreadable(word: string, before = ''): boolean {
  // In the name of an option, except a value after a letter: -p$PORT.
  if (/^-[^=]*[$`]/.test(word)) return !/^-[a-z][$`]/.test(word);
  return /^[$`]/.test(word) && (!/^-/.test(before) || before.includes('=') || FLAGS.test(before));
}

/** Options of `mlflow server` without a value. */
const FLAGS =
  /^--(?:(?:no-)?serve-artifacts|artifacts-(?:presigned-)?only|disable-security-middleware|dev|(?:en|dis)able-workspaces)$/;

/** Placeholder for a value that cannot be read here. */
const UNREADABLE = '?';

/**
 * The values of gunicorn's `-b` and `--bind`, which argparse also accepts abbreviated, without a blank and after other
 * letters, and of waitress's `--listen`. Each opens an additional address.
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
    // Click accepts a value after its letter: -p5001.
    const letter = /^-[a-z]/.exec(word)?.[0] ?? '';
    return word.length > 2 && names.includes(letter) ? [word.slice(2)] : [];
  });
  if (values.length === 0 && variable !== undefined) return [variable.value ?? UNREADABLE];
  return [...new Set(values)];
}
