import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ASSETS, startApiServer } from '../../chart/tests/api-server.ts';
import { DEFAULT_MLFLOW_VERSION } from '../../dev/mlflow-env.ts';
import { stopAllProcesses } from '../../dev/process.ts';
import { openAdmission } from './admission.ts';
import { isChart } from './pods-of.ts';
import { openProofs } from './proofs.ts';
import { ROWS } from './rows.ts';
import { type Plan, planOf } from './run/plan.ts';
import { findChart } from './sources.ts';
import { type Field, survey } from './survey.ts';
import { tableOf } from './table.ts';
import { ORIGINS, type Origin } from './types.ts';

const HELP = `npm run charts -- [options]

Tries the values that people give to MLflow's two charts: renders MLflow's pods, has them admitted by the webhook and, on a real
API server, by the admission policies, as they are and with the sidecar written by hand; then runs each pod that is let in as
processes: a real MLflow and a real gateway, in namespaces of their own. A pod works when it becomes ready, its probes are
answered, a tenant's request is answered, and nothing of it can be reached around the gateway.

  --chart official|community  only that chart (may be given twice)
  --only ID                   only that row (may be given twice); e2e/charts/rows.ts has them
  --admission                 without running pods
  --results FILE              keep what came of the pods there, and do not run those again that are in it
  --jobs N                    pods at once (default: 2)
  --write                     make docs/charts.md of the result (needs all rows, both charts, and the pods run)
  --help                      this text

The charts are pulled by helm. MLFLOW_CHART and COMMUNITY_CHART may name folders with them, or other places. Needs Linux and
root (for namespaces), helm, KUBEBUILDER_ASSETS (kube-apiserver, etcd, kubectl) and, for one row, OAUTH2_PROXY.

Exit code 1: a row is not as e2e/charts/rows.ts says, or a pod was let in and does not work. 2: it could not be run.
`;
const PAGE = fileURLToPath(new URL('../../docs/charts.md', import.meta.url));
const MARK = '<!-- made by npm run charts: do not edit below -->';

/** A missing requirement of the command; the message has the remedy. */
class Unusable extends Error {}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        chart: { type: 'string', multiple: true },
        only: { type: 'string', multiple: true },
        admission: { type: 'boolean', default: false },
        results: { type: 'string' },
        jobs: { type: 'string', default: '2' },
        write: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const bad = values.chart?.find((name) => name !== 'official' && name !== 'community');
    if (bad !== undefined) throw new Unusable(`--chart takes official or community, not ${bad}.`);
    const unknown = values.only?.find((id) => ROWS.every((row) => row.id !== id));
    if (unknown !== undefined) throw new Unusable(`There is no row ${unknown}; e2e/charts/rows.ts has them.`);
    if (!/^[1-9]\d?$/.test(values.jobs)) throw new Unusable('--jobs takes a number from 1 to 99.');
    if (values.write && (values.chart ?? values.only ?? (values.admission || undefined)) !== undefined)
      throw new Unusable('--write records everything: leave out --chart, --only and --admission.');
    return values;
  } catch (error) {
    if (error instanceof TypeError) throw new Unusable(`${error.message} (--help lists the options)`);
    throw error;
  }
}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

async function main(): Promise<number> {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (ASSETS === undefined)
    throw new Unusable('KUBEBUILDER_ASSETS does not name a folder with kube-apiserver, etcd and kubectl.');
  if (!options.admission && process.getuid?.() !== 0)
    throw new Unusable('Pods are run in namespaces, for which root is needed; --admission does without.');
  const work = mkdtempSync(join(tmpdir(), 'charts-'));
  try {
    const charts = {
      official: findChart('official', join(work, 'charts')),
      community: findChart('community', join(work, 'charts')),
    };
    for (const chart of Object.values(charts))
      say(
        isChart(chart)
          ? `${chart.name}: ${chart.version}`
          : `${chart.name}: pods of our own; ${chart.missing}`,
      );
    const origins = (options.chart as Origin[] | undefined) ?? ORIGINS;
    const rows = ROWS.filter(({ id }) => options.only?.includes(id) ?? true);
    const server = await startApiServer(join(work, 'api'));
    let fields: readonly Field[];
    try {
      const admission = await openAdmission(server, rows);
      say(`${rows.length} rows are admitted`);
      fields = await survey(charts, admission, origins, rows);
    } finally {
      await server.stop();
    }
    const wrong = fields.filter((field) => field.wrong !== undefined);
    for (const field of wrong) say(`${nameOf(field)}: ${field.wrong}`);
    const failed = options.admission ? [] : await prove(fields, work, options);
    const works = fields.filter(({ outcome }) => outcome.kind === 'patched').length;
    say(
      `${fields.length} pods: ${works} let in, ${fields.length - works} refused; ${wrong.length} not as the row says; ${failed.length} let in that do not work`,
    );
    if (options.write)
      write(
        tableOf({
          fields,
          charts: Object.values(charts),
          mlflow: DEFAULT_MLFLOW_VERSION,
          date: new Date().toISOString().slice(0, 10),
        }),
      );
    return wrong.length + failed.length === 0 ? 0 : 1;
  } finally {
    await stopAllProcesses();
    rmSync(work, { recursive: true, force: true });
  }
}

const nameOf = ({ row, origin, method }: Field): string => `${row.id} (${origin}, ${method})`;

/** Runs the admitted pods and returns the fields with pods that do not work. */
async function prove(
  fields: readonly Field[],
  work: string,
  { results, jobs }: { readonly results?: string | undefined; readonly jobs: string },
): Promise<readonly Field[]> {
  const file = resolve(results ?? join(work, 'results.json'));
  mkdirSync(dirname(file), { recursive: true });
  const proofs = openProofs(work, file, Number(jobs));
  const plans = new Map<Field, readonly Plan[]>();
  for (const field of fields) {
    const { outcome, row } = field;
    if (outcome.kind === 'patched')
      plans.set(
        field,
        outcome.servers.map((pod) => ({
          ...planOf(pod, outcome.data, row.id === 'workers'),
          ...(row.mlflow === undefined ? {} : { version: row.mlflow }),
        })),
      );
  }
  await proofs.run([...plans.values()].flat(), (done, all, { problems, readyAfter }) => {
    say(
      `pod ${done} of ${all}: ${problems.length === 0 ? `ready after ${readyAfter?.toFixed(0)} s, works` : problems.join('; ')}`,
    );
  });
  const failed: Field[] = [];
  for (const [field, ran] of plans) {
    const bad = ran.flatMap((plan) => (proofs.of(plan)?.problems.length === 0 ? [] : [proofs.of(plan)]));
    if (bad.length === 0) continue;
    failed.push(field);
    say(`${nameOf(field)}: LET IN, AND DOES NOT WORK: ${bad[0]?.problems.join('; ') ?? 'not run'}`);
    for (const [name, log] of Object.entries(bad[0]?.logs ?? {}))
      say(
        `  ${name}:\n${log
          .trimEnd()
          .split('\n')
          .slice(-12)
          .map((line) => `    ${line}`)
          .join('\n')}`,
      );
  }
  return failed;
}

function write(table: string): void {
  const [introduction] = readFileSync(PAGE, 'utf8').split(MARK);
  writeFileSync(PAGE, `${introduction!.trimEnd()}\n\n${MARK}\n\n${table}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  say(error.message);
  process.exitCode = 2;
}
