import { isPort } from './annotations.ts';
import { type Container, variableOf } from './pod.ts';
import { shellWords } from './shell-words.ts';

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
  /** Variables that say where or how a server answers, and that the command line itself sets or takes away. */
  readonly changes: readonly string[];
  /** What it was told to have before its paths; more than one value when it was told several. */
  readonly prefixes: readonly string[];
  /** The values of `--app-name`. */
  readonly apps: readonly string[];
  /** Each value of `--allowed-hosts`, exactly. */
  readonly hostLists: readonly string[];
  /** Words that may be options of MLflow's, and that cannot be read here, such as `$ARGS`. */
  readonly unreadable: readonly string[];
  /** Commands of MLflow's other than its server, such as `db`. */
  readonly subcommands: readonly string[];
  /** The command of MLflow's that is run instead of its server, where it is the only thing that is run. */
  readonly other: string | undefined;
  /** Each value of `--uvicorn-opts`, `--gunicorn-opts` or `--waitress-opts`, exactly. */
  readonly serverOptions: readonly string[];
  /** Every word of the command line, quotes taken away. */
  readonly words: readonly string[];
  /** Whether an option is given, on the command line or in the options for uvicorn. */
  has(...options: readonly string[]): boolean;
  /** Whether an option that begins so is given, likewise. */
  hasPrefix(prefix: string): boolean;
}

/** Where one command of a shell ends. */
const ENDS = new Set(['&&', '||', '|', ';', '&']);
/** By its name, its path, or as a module (`python -m mlflow`). */
const MLFLOW = /^(?:.*\/)?mlflow(?:\.cli|\.__main__)?$/;
const WEB_SERVER = /^(?:.*\/)?(gunicorn|uvicorn|waitress-serve|waitress|hypercorn|daphne|granian)$/;
/** MLflow's apps, and those of the known package that asks for credentials. */
const APP = /^(?:mlflow\.server|mlflow_oidc_auth)(?:\.|:|$)/;
/** MLflow's options that hold those of the web server. */
export const SERVER_OPTIONS: readonly string[] = ['--gunicorn-opts', '--waitress-opts', '--uvicorn-opts'];
/** Variables that decide which server runs, where it listens and what it answers to. */
const DECIDES =
  /^(?:-u|--unset=)?(UVICORN_\w+|GUNICORN_CMD_ARGS|MLFLOW_(?:HOST|PORT|STATIC_PREFIX|GUNICORN_OPTS|UVICORN_OPTS|SERVER_ALLOWED_HOSTS|ARTIFACTS_ONLY|EXPOSE_PROMETHEUS|AUTH_CONFIG_PATH))(?:=|$)/;

/**
 * Reads the command and arguments of MLflow's container, also those in a shell's one string, and MLflow's variables,
 * which count only where the command line says nothing (Click's order). It is not a shell: what it does not
 * recognise it does not know of, and the gateway's own check (`BypassCheck`) stands behind it.
 *
 * @see mlflow/cli/__init__.py (`server`), mlflow/utils/cli_args.py and mlflow/server/__init__.py
 *   (`_build_gunicorn_command`, `_build_uvicorn_command`) of MLflow for options and variables
 */
export function readServerCommand(container: Container): ServerCommand {
  const { command = [], args = [] } = container;
  const known = literals(container);
  const line = [...command, ...args].map((text) => expanded(text, known)).map(withoutAddress);
  // An image whose entrypoint is `mlflow` is given the rest.
  if (command.length === 0 && /^(?:server|ui)$/.test(line[0] ?? '')) line.unshift('mlflow');
  const all = words(line);
  const servers = serversIn(all);
  const own = servers.flat();
  const direct = directServer(all);
  const told = direct === undefined ? own : all;
  const variable = (name: string): string[] => words([variableOf(container, name)?.value ?? '']);
  const options = [...own, ...(direct === 'uvicorn' ? all : []), ...variable('MLFLOW_UVICORN_OPTS')];
  const has = (...names: readonly string[]): boolean =>
    options.some((word) => names.some((name) => word === name || word.startsWith(`${name}=`)));
  // A web server that is called itself does not read MLflow's variables.
  const prefix = direct === undefined ? 'MLFLOW' : direct.toUpperCase();
  const ports = given(told, ['--port', '-p'], variableOf(container, `${prefix}_PORT`));
  const binds = [told, variable('MLFLOW_GUNICORN_OPTS'), variable('GUNICORN_CMD_ARGS')].flatMap(bindsIn);
  const bound = direct === undefined ? [] : binds.flatMap((bind) => /:(\d+)$/.exec(bind)?.[1] ?? []);
  const allPorts = [...new Set([...ports, ...bound])];
  return {
    explicit: servers.length > 0,
    direct,
    hosts: given(told, ['--host', '-h'], variableOf(container, `${prefix}_HOST`)),
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

/** MLflow gives uvicorn its own host and port behind the options that it is given, so that those in there do not count. */
function withoutAddress(text: string, i: number, line: readonly string[]): string {
  return text.startsWith('--uvicorn-opts=') || line[i - 1] === '--uvicorn-opts'
    ? text.replaceAll(/--(?:host|port)(?:=|\s+)\S+/g, '')
    : text;
}

/** The container's variables with values that are known here; of several with one name the last counts. */
function literals({ env = [] }: Container): ReadonlyMap<string, string> {
  const known = new Map<string, string>();
  for (const { name, value = '', valueFrom } of env) {
    if (valueFrom === undefined && !value.includes('$(')) known.set(name, value);
    else known.delete(name);
  }
  return known;
}

/** Puts such variables where a shell, or Kubernetes, would. */
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
      // Options for the web server, the first of them in one word with the name.
      .flatMap((word) => word.replace(/^(--(?:gunicorn|uvicorn|waitress)-opts)=/, '$1 ').split(' '))
      .filter((word) => word !== '')
  );
}

/** The values of an option, with the blanks and commas that they have. */
function exactly(line: readonly string[], option: string): string[] {
  const own = line.flatMap((text) => (/\s/.test(text) && /mlflow/.test(text) ? shellWords(text) : [text]));
  return own.flatMap((word, i) => {
    if (word === option) return [own[i + 1] ?? ''];
    return word.startsWith(`${option}=`) ? [word.slice(option.length + 1)] : [];
  });
}

/** The words after each `mlflow server`, up to the end of that command. */
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

/** The place of MLflow's command after its name, behind the one option that comes before. */
function commandAt(all: readonly string[], mlflow: number): number {
  const at = mlflow + 1;
  if (all[at] === '--env-file') return at + 2;
  return all[at]?.startsWith('--env-file=') ? at + 1 : at;
}

/** `mlflow db` of `mlflow db upgrade`, where MLflow is called, its server is not, and no other program is. */
function otherCommand(all: readonly string[]): string | undefined {
  const first = all.findIndex((word) => !/^(?:.*\/)?(?:exec|python[\d.]*|-m)$/.test(word));
  if (first === -1 || !MLFLOW.test(all[first]!) || all.some((word) => ENDS.has(word))) return undefined;
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

/** A variable where an option may stand; as the value of one it does not matter here. */
function isUnreadable(word: string, before = ''): boolean {
  // In the name of an option, but for the value behind a letter: -p$PORT.
  if (/^-[^=]*[$`]/.test(word)) return !/^-[a-z][$`]/.test(word);
  return /^[$`]/.test(word) && (!/^-/.test(before) || before.includes('=') || FLAGS.test(before));
}

/** Options of `mlflow server` without a value. */
const FLAGS =
  /^--(?:(?:no-)?serve-artifacts|artifacts-only|disable-security-middleware|dev|(?:en|dis)able-workspaces)$/;

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
