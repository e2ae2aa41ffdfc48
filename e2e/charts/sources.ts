import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { ChartName } from './types.ts';

/** The sources of the charts: a folder, an `oci://` reference, or a Helm repository with a chart `mlflow`. */
const PLACES: Readonly<Record<ChartName, { readonly variable: string; readonly usual: string }>> = {
  official: { variable: 'MLFLOW_CHART', usual: 'oci://ghcr.io/mlflow/charts/mlflow' },
  community: { variable: 'COMMUNITY_CHART', usual: 'https://community-charts.github.io/helm-charts' },
};
/** A registry that does not respond must not delay the tests. */
const PULL_TIMEOUT_MS = 10_000;

export interface Chart {
  readonly name: ChartName;
  /** A folder for `helm template`. */
  readonly folder: string;
  readonly version: string;
  /** Whether it is a folder that was named, and not pulled. */
  readonly given: boolean;
  readonly appVersion: string;
}

/** A chart, or the reason why it is not available. */
export type Found = Chart | { readonly name: ChartName; readonly missing: string };

/**
 * Puts the newest version of a chart into `work`: copied from the folder that `MLFLOW_CHART` or `COMMUNITY_CHART` names, else pulled by
 * helm. It is never kept in the repository. Charts of databases that it depends on are omitted if they are not in the
 * folder: MLflow's own objects are rendered without them.
 *
 * @example
 * const chart = findChart('official', '/tmp/charts');
 */
export function findChart(name: ChartName, work: string, env: NodeJS.ProcessEnv = process.env): Found {
  const { variable, usual } = PLACES[name];
  const place = env[variable] || usual;
  const folder = join(work, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  if (!/^(?:oci|https?):\/\//.test(place)) {
    if (!existsSync(join(place, 'Chart.yaml')))
      return { name, missing: `${variable} is ${place}, where no Chart.yaml is` };
    cpSync(resolve(place), folder, { recursive: true });
    return describe(name, folder, true);
  }
  const what = place.startsWith('oci://') ? [place] : ['mlflow', '--repo', place];
  try {
    execFileSync(env.HELM ?? 'helm', ['pull', ...what, '--untar', '--untardir', folder], {
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
      timeout: PULL_TIMEOUT_MS,
    });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim().split('\n').at(-1) || (error as Error).message;
    return { name, missing: `helm pull ${what.join(' ')}: ${said} (${variable} may name a folder with it)` };
  }
  return describe(name, join(folder, 'mlflow'), false);
}

function describe(name: ChartName, folder: string, given: boolean): Chart {
  const file = join(folder, 'Chart.yaml');
  const text = readFileSync(file, 'utf8');
  const chart = parse(text) as {
    version: string;
    appVersion?: string;
    dependencies?: { name: string }[];
  };
  const isThere = (dependency: string): boolean => {
    const at = join(folder, 'charts');
    return existsSync(at) && statSync(at).isDirectory() && existsSync(join(at, dependency));
  };
  // helm does not render a chart without it.
  if (chart.dependencies?.some((dependency) => !isThere(dependency.name))) {
    const { dependencies: _, ...rest } = chart;
    writeFileSync(file, JSON.stringify(rest));
    rmSync(join(folder, 'Chart.lock'), { force: true });
  }
  return { name, folder, given, version: chart.version, appVersion: chart.appVersion ?? '' };
}
