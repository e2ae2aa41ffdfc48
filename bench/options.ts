import { parseArgs } from 'node:util';

export const HELP = `npm run bench [-- OPTIONS]

Measures the gateway with all checks (tokens, roles, tenancy, audit) next to a bare proxy and nginx in front of a stub,
then in front of a real MLflow, then the two tenancy strategies next to each other, and prints tables in Markdown.
Takes about six minutes. Everything runs on this machine; docs/benchmarks.md explains the numbers.

  --only stub|mlflow|tags  one of the parts
  --only parsers           instead: nanoseconds per byte of each parser, in its worst cases (a minute)
  --only identity          instead: the cost of two issuers and many groups (a minute); --against DIR adds another checkout
  --against DIR            instead: this version of the gateway next to another checkout of it, with its packages installed
  --peers                  instead: the released gateway beside nginx, oauth2-proxy, MLflow's basic-auth and mlflow-oidc-auth,
                           which it installs: speed, memory, and requests of one team for data of another (15 minutes)
  --write                  with --peers: records the result in docs/peers.md and docs/images/peers.svg
  --rounds N               number of measurements of each contender, in turn (default 5)
  --seconds S              duration of each measurement (default 0.7)
  --memory                 instead: the gateway's memory over 100,000 requests; exit code 1 if it grows
  --json FILE              also writes the numbers of all rounds to a file
  --help                   prints this text

nginx is measured if it is installed (Debian, Ubuntu: apt-get install nginx). The first run with a real MLflow
installs it into ~/.cache/mlflow-gateway (one to three minutes, about 1 GB; needs Python 3.10 or newer).
`;

/** The parts that can be run alone. */
const ONLY = ['stub', 'mlflow', 'tags', 'parsers', 'identity'] as const;
type Only = (typeof ONLY)[number];

export interface Options {
  readonly parts: readonly (Only | 'memory' | 'against' | 'peers')[];
  readonly rounds: number;
  readonly seconds: number;
  readonly json: string | undefined;
  /** The folder of another version of the gateway. */
  readonly against: string | undefined;
  /** Whether the result of the peers is recorded in the documentation. */
  readonly write: boolean;
}

/** Invalid options; the message has the reason. */
export class UsageError extends Error {}

/**
 * Reads the command line of `npm run bench`.
 *
 * @returns `'help'` for `--help`
 * @throws UsageError
 * @example
 * parseOptions(['--only', 'stub', '--rounds', '9']);
 */
export function parseOptions(args: string[]): Options | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const { only, memory = false, against, peers = false, write = false } = values;
  if (only !== undefined && !isOnly(only))
    throw new UsageError(`--only must be ${ONLY.slice(0, -1).join(', ')} or ${ONLY.at(-1)}, not ${only}`);
  if (memory && only !== undefined) throw new UsageError('--memory is a separate run: leave out --only');
  if (against !== undefined && (memory || (only !== undefined && only !== 'identity')))
    throw new UsageError('--against is a separate run: leave out --memory, and --only except for identity');
  if (peers && (memory || only !== undefined || against !== undefined))
    throw new UsageError('--peers is a separate run: leave out --only, --memory and --against');
  if (write && !peers) throw new UsageError('--write records the peers: add --peers');
  const rounds = Number(values.rounds ?? '5');
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError('--rounds must be a whole number from 1');
  const seconds = Number(values.seconds ?? '0.7');
  if (!(seconds > 0 && seconds <= 600)) throw new UsageError('--seconds must be a number up to 600');
  return {
    parts: peers ? ['peers'] : partsOf(memory, only, against),
    rounds,
    seconds,
    json: values.json,
    against,
    write,
  };
}

function isOnly(text: string): text is Only {
  return (ONLY as readonly string[]).includes(text);
}

function partsOf(memory: boolean, only: Only | undefined, against: string | undefined): Options['parts'] {
  if (memory) return ['memory'];
  if (against !== undefined && only === undefined) return ['against'];
  return only === undefined ? ['stub', 'mlflow', 'tags'] : [only];
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string' },
        rounds: { type: 'string' },
        seconds: { type: 'string' },
        json: { type: 'string' },
        memory: { type: 'boolean' },
        peers: { type: 'boolean' },
        write: { type: 'boolean' },
        against: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
