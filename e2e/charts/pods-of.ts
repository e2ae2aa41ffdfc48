import { merge } from '../../chart/tests/trees.ts';
import { ownPods } from './own-pods.ts';
import { renderChart } from './render.ts';
import { plainPod, type Row } from './rows.ts';
import type { Chart, Found } from './sources.ts';
import type { Origin, Rendering, Values } from './types.ts';

/** The values of each chart for the labels and annotations of its pods. */
const LABELS = { official: 'podLabels', community: 'extraPodLabels' } as const;

/** Labels that request a gateway. */
const LABELLED = { 'mlflow-gateway.io/inject': 'enabled' };

export type Charts = { readonly official: Found; readonly community: Found };

export const isChart = (found: Found): found is Chart => !('missing' in found);

/**
 * The values of a row for one chart, with the label; `undefined` if the chart has no such values.
 *
 * @param byHand Values that are merged into them, lists appended: what the notes of the gateway's chart say to add.
 */
export function valuesOf(row: Row, chart: 'official' | 'community', byHand: Values = {}): Values | undefined {
  const own = row[chart];
  if (own === undefined) return undefined;
  const more = {
    [LABELS[chart]]: LABELLED,
    ...(row.annotations === undefined ? {} : { podAnnotations: row.annotations }),
  };
  return merge(merge(own, more), byHand, 'append');
}

/**
 * The pods of a row: rendered by the chart if it is available, else the hand-written ones.
 *
 * @throws ChartError when the chart refuses the values
 */
export async function podsOf(
  row: Row,
  origin: Origin,
  charts: Charts,
  byHand?: Values,
): Promise<Rendering | undefined> {
  if (origin === 'plain') return row.plain === undefined ? undefined : plain(row);
  const values = valuesOf(row, origin, byHand);
  if (values === undefined) return undefined;
  const chart = charts[origin];
  if (!isChart(chart)) return ownPods(origin, values);
  // Webhook and policy are given the same pods.
  const key = `${chart.folder} ${JSON.stringify(values)}`;
  const rendering = rendered.get(key) ?? renderChart(chart, values);
  rendered.set(key, rendering);
  return rendering;
}

const rendered = new Map<string, Promise<Rendering>>();

function plain(row: Row): Rendering {
  const { metadata, ...rest } = plainPod(row.plain!);
  const labels = { ...metadata.labels, ...LABELLED };
  const annotations = row.annotations === undefined ? {} : { annotations: row.annotations };
  return {
    pods: [{ role: 'server', pod: { ...rest, metadata: { ...metadata, labels, ...annotations } } }],
    data: {},
  };
}
