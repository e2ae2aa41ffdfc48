import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { path } from '../../cluster/support/report.ts';
import { CHARTS, type Chart, chartVersion } from './charts.ts';
import { chartSettings } from './settings.ts';

/** One row of the page. */
export interface Result {
  readonly chart: Chart;
  /** The purpose of its values. */
  readonly values: string;
  /** How the gateway came to MLflow: `webhook`, `policy`, `by hand`, `standalone`. */
  readonly by: string;
  /** Whether it works, or was refused as it should be. */
  readonly outcome: 'works' | 'refused';
  readonly seen: readonly string[];
  /** From the installation of MLflow's chart to the last look. */
  readonly seconds: number;
}

const FILE = 'charts.jsonl';
const ORDER = ['webhook', 'policy', 'by hand', 'standalone'];

/** Stores the result of a row. */
export function record(result: Result): void {
  appendFileSync(path(FILE), `${JSON.stringify(result)}\n`);
}

/**
 * Writes the page with the newest result of each row that passed. Without results it writes nothing.
 */
export function writePage(about: {
  readonly kubernetes: string;
  readonly date: string;
  readonly folders: boolean;
}): void {
  const file = path(FILE);
  if (!existsSync(file)) return;
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const newest = new Map<string, Result>();
  for (const line of lines) {
    const result = JSON.parse(line) as Result;
    newest.set([result.chart, result.values, result.by].join('\n'), result);
  }
  const results = [...newest.values()].sort((a, b) => ORDER.indexOf(a.by) - ORDER.indexOf(b.by));
  const { record: page, mlflowImage, ingressImage } = chartSettings();
  mkdirSync(dirname(page), { recursive: true });
  const charts = (Object.keys(CHARTS) as Chart[]).map(
    (chart) => `${CHARTS[chart].name} ${chartVersion(chart)}`,
  );
  const seconds = results.reduce((sum, { seconds }) => sum + seconds, 0);
  writeFileSync(
    page,
    [
      '# The two charts on a cluster',
      '',
      '<!-- Written by `npm run e2e:charts`. -->',
      '',
      `This page has the results of [\`npm run e2e:charts\`](e2e.md#the-charts-of-mlflow) on ${about.date}: ${charts.join(' and ')}, with`,
      `\`${mlflowImage}\`, on Kubernetes ${about.kubernetes} created by kind, behind the Ingress controller \`${ingressImage}\`.`,
      `${results.length} rows in ${Math.round(seconds / 60)} minutes. Rows can be run by name, so the page has the newest result of each.`,
      ...(about.folders
        ? ['The charts were read from folders and not fetched; the versions are those of their `Chart.yaml`.']
        : []),
      '',
      ...(['works', 'refused'] as const).flatMap((outcome) => section(outcome, results)),
    ].join('\n'),
  );
}

function section(outcome: Result['outcome'], all: readonly Result[]): readonly string[] {
  const results = all.filter((result) => result.outcome === outcome);
  if (results.length === 0) return [];
  const rows = results.map(({ chart, values, by, seen, seconds }) =>
    ['', chart, values, by, seen.map(cell).join('<br>'), String(Math.round(seconds)), ''].join(' | ').trim(),
  );
  const intro = {
    works: [
      '## Works',
      '',
      'In each row MLflow’s chart is installed with the label; its pods have the gateway and become ready; MLflow’s own Python client, in',
      'a pod of another namespace, logs a run as team A through the Ingress’s host name and reads it back; team B finds neither the run nor',
      'its experiment; and a pod without a token reaches MLflow neither at its Service nor at its pods, with any host name. The table has',
      'further observations. In mode standalone there is no label, and NetworkPolicies close MLflow.',
    ],
    refused: ['## Refused', '', 'No pod was created. The event of the ReplicaSet had this message:'],
  }[outcome];
  return [...intro, '', '| chart | values | by | seen | s |', '|---|---|---|---|---|', ...rows, ''];
}

const cell = (text: string): string =>
  text
    .replace(/^Error creating: .*? denied (?:the )?request: /, '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');
