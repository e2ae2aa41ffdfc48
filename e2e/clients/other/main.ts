import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { DEFAULT_MLFLOW_VERSION } from '../../../dev/mlflow-env.ts';
import type { Strategy } from '../differences.ts';
import { type Pair, startPair } from './compare-program.ts';
import { pageOf } from './page.ts';
import type { Program } from './program.ts';
import { OTHER_PROGRAMS } from './programs.ts';
import { type Row, tableOf, unexplained } from './table.ts';

const STRATEGIES: readonly Strategy[] = ['workspaces', 'tags'];
const PAGE = fileURLToPath(new URL('../../../docs/clients-other.md', import.meta.url));
const { values } = parseArgs({
  options: {
    client: { type: 'string', multiple: true },
    strategy: { type: 'string', multiple: true },
    write: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const names = OTHER_PROGRAMS.map(({ name }) => name);

if (values.help) console.log(help());
else await compareAll();

function help(): string {
  const clients = OTHER_PROGRAMS.map(
    ({ name, version, needs }) =>
      `  ${name.padEnd(24)} ${version}${needs === undefined ? '' : ` (${needs})`}`,
  );
  return `npm run clients:other -- [--client NAME]... [--strategy workspaces|tags]... [--write]

Runs clients straight at an MLflow ${DEFAULT_MLFLOW_VERSION} and through the gateway, compares their calls one by one, and prints a table.
It ends with 1 when a client did not come to its end, or a difference has no reason (reasons.ts).

  --client NAME     one of those below, may be repeated; default all
  --strategy NAME   default both
  --write           puts the rows into docs/clients-other.md; those of clients that were not run stay

${clients.join('\n')}`;
}

async function compareAll(): Promise<void> {
  const programs = chosenOf(values.client, names, 'client').map(
    (name) => OTHER_PROGRAMS[names.indexOf(name)]!,
  );
  const dir = mkdtempSync(join(tmpdir(), 'other-'));
  const rows: Row[] = [];
  try {
    for (const strategy of chosenOf(values.strategy, STRATEGIES, 'strategy')) {
      const shared = programs.filter(({ alone }) => alone !== true);
      const groups = [shared, ...programs.filter(({ alone }) => alone === true).map((program) => [program])];
      for (const [at, group] of groups.entries())
        if (group.length > 0) rows.push(...(await rowsOf(group, strategy, join(dir, `${strategy}${at}`))));
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  console.log(tableOf(rows, names));
  if (values.write)
    writeFileSync(PAGE, pageOf(tableOf(rows, names, readFileSync(PAGE, 'utf8')), DEFAULT_MLFLOW_VERSION));
  if (rows.some(({ result }) => 'failed' in result || unexplained(result.differences) > 0))
    process.exitCode = 1;
}

async function rowsOf(group: readonly Program[], strategy: Strategy, dir: string): Promise<Row[]> {
  say(`${strategy}: starting two MLflows and a gateway`);
  const pair = await startPair(strategy, dir);
  try {
    const rows: Row[] = [];
    for (const program of group) rows.push(await rowOf(program, strategy, pair));
    return rows;
  } finally {
    await pair.stop();
  }
}

async function rowOf(program: Program, strategy: Strategy, pair: Pair): Promise<Row> {
  const { name: client, version } = program;
  say(`${strategy} ${client}: started`);
  const start = performance.now();
  // The end of a long message is the error itself.
  const result = await pair
    .compare(program)
    .catch((error: Error) => ({ failed: error.message.trim().slice(-300) }));
  const seconds = Math.round((performance.now() - start) / 1000);
  const came =
    'failed' in result
      ? result.failed
      : `${result.equal} of ${result.calls} equal, ${unexplained(result.differences)} without a reason`;
  say(`${strategy} ${client}: ${came} (${seconds} s)`);
  return { client, version, strategy, result };
}

function chosenOf<Name extends string>(
  wanted: readonly string[] | undefined,
  all: readonly Name[],
  what: string,
): readonly Name[] {
  const unknown = (wanted ?? []).filter((name) => !(all as readonly string[]).includes(name));
  if (unknown.length > 0) throw new Error(`no ${what} ${unknown.join(', ')}; there are ${all.join(', ')}`);
  return all.filter((name) => wanted?.includes(name) ?? true);
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
