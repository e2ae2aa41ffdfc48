import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { findChart } from '../../charts/sources.ts';
import type { ChartName } from '../../charts/types.ts';

export type Chart = ChartName;

export const CHARTS: Readonly<Record<Chart, { readonly name: string; readonly variable: string }>> = {
  official: { name: 'MLflow’s own chart', variable: 'MLFLOW_CHART' },
  community: { name: 'community-charts/mlflow', variable: 'COMMUNITY_CHART' },
};

/**
 * Fetches both charts into `work`, as `npm run charts` does, and sets the variables with their folders.
 *
 * @throws Error with the chart that is not available, and the reason
 */
export function haveCharts(work: string): void {
  for (const [chart, { variable }] of Object.entries(CHARTS) as [Chart, { variable: string }][]) {
    const found = findChart(chart, work);
    if ('missing' in found) throw new Error(`${CHARTS[chart].name}: ${found.missing}`);
    process.env[variable] = found.folder;
  }
}

/** The folder of a chart, once `haveCharts` has it. */
export const chartFolder = (chart: Chart): string => process.env[CHARTS[chart].variable]!;

/** Its version, as Chart.yaml has it. */
export function chartVersion(chart: Chart): string {
  return parse(readFileSync(join(chartFolder(chart), 'Chart.yaml'), 'utf8')).version;
}
