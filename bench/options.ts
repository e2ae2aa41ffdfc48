import { parseArgs } from 'node:util';

export const HELP = `npm run bench [-- OPTIONS]

Measures the gateway with everything on (tokens, roles, tenancy, audit) side by side with a bare proxy and nginx in
front of a stub, then in front of a real MLflow, then the two tenancy strategies side by side, and prints tables in
Markdown. Takes about six minutes. Everything runs on this machine; docs/benchmarks.md says what the numbers mean.

  --only stub|mlflow|tags  one of the parts
  --only parsers           instead: nanoseconds per byte of each parser, in its worst cases (a minute)
  --rounds N               how often each contender is measured, in turn (default 5)
  --seconds S              how long at a time (default 0.7)
  --memory                 instead: the gateway's memory over 100,000 requests; exit code 1 when it grows
  --json FILE              writes all numbers to a file as well, each round's
  --help                   this text

nginx is measured where it is installed (Debian, Ubuntu: apt-get install nginx). The first run with a real MLflow
installs it into ~/.cache/mlflow-gateway (one to three minutes, about 1 GB; needs Python 3.10 or newer).
`;

export interface Options {
  readonly parts: readonly ('stub' | 'mlflow' | 'tags' | 'parsers' | 'memory')[];
  readonly rounds: number;
  readonly seconds: number;
  readonly json: string | undefined;
}

/** Invalid options; the message has the reason. */
export class UsageError extends Error {}

/**
 * Reads the command line of `npm run bench`.
 *
 * @returns `'help'` when that is asked for
 * @throws UsageError
 * @example
 * parseOptions(['--only', 'stub', '--rounds', '9']);
 */
export function parseOptions(args: string[]): Options | 'help' {
  const values = parse(args);
  if (values.help) return 'help';
  const { only, memory = false } = values;
  if (only !== undefined && only !== 'stub' && only !== 'mlflow' && only !== 'tags' && only !== 'parsers')
    throw new UsageError(`--only takes stub, mlflow, tags or parsers, not ${only}`);
  if (memory && only !== undefined) throw new UsageError('--memory is a run of its own: leave out --only');
  const rounds = Number(values.rounds ?? '5');
  if (!Number.isInteger(rounds) || rounds < 1) throw new UsageError('--rounds takes a whole number from 1');
  const seconds = Number(values.seconds ?? '0.7');
  if (!(seconds > 0 && seconds <= 600)) throw new UsageError('--seconds takes a number up to 600');
  return {
    parts: memory ? ['memory'] : only === undefined ? ['stub', 'mlflow', 'tags'] : [only],
    rounds,
    seconds,
    json: values.json,
  };
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
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
