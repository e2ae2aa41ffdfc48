import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/** MLflow's own chart, and that of community-charts. */
export type Chart = 'official' | 'community';

export const CHARTS: Readonly<Record<Chart, { readonly name: string; readonly variable: string }>> = {
  official: { name: 'MLflow’s own chart', variable: 'MLFLOW_CHART' },
  community: { name: 'community-charts/mlflow', variable: 'COMMUNITY_CHART' },
};

/**
 * The folder of a chart.
 *
 * @throws Error naming the variable that says where it is
 */
export function chartFolder(chart: Chart): string {
  const { name, variable } = CHARTS[chart];
  const folder = process.env[variable];
  if (!folder) throw new Error(`${variable} does not say where ${name} is: give it the chart's folder`);
  return folder;
}

/** Its version, as Chart.yaml has it. */
export function chartVersion(chart: Chart): string {
  return parse(readFileSync(join(chartFolder(chart), 'Chart.yaml'), 'utf8')).version;
}
