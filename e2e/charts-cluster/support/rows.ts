import type { Chart } from './charts.ts';
import type { Values } from './values.ts';

/** The place of a row's MLflow, for further checks. */
export interface Site {
  readonly namespace: string;
  readonly chart: Chart;
  /** The host name of its Ingress. */
  readonly host: string;
  /** The address of one of its pods. */
  readonly pod: string;
}

/** Values of one of the charts, and the expected result. */
export interface Row {
  readonly chart: Chart;
  /** The purpose of the values; with the chart and the method of injection it names the row. */
  readonly title: string;
  /** On top of `base`, for the host name of the row's Ingress. */
  readonly values: (host: string) => Values;
  /** Whether the values have an Ingress; else the test makes one. Default false. */
  readonly ownIngress?: boolean;
  /** Values of our chart, on top of those of all rows. Installed again if they differ from the row before. */
  readonly gateway?: Values;
  /** The path below which MLflow is. */
  readonly path?: string;
  /** The port of MLflow's pods, and of its Service where the chart takes it from there. Default 5000. */
  readonly port?: number;
  /** Default true. */
  readonly artifacts?: boolean;
  /** Creates the objects that the values refer to. */
  readonly before?: (namespace: string) => Promise<void>;
  /** Checks more, and returns what it found. */
  readonly look?: (site: Site) => Promise<readonly string[]>;
  /** A pattern for the denial. Without it the row must work. */
  readonly refused?: readonly RegExp[];
}

/** How the gateway comes into the pods. */
export interface Group {
  readonly by: 'webhook' | 'policy' | 'hand';
  readonly method: 'webhook' | 'admissionPolicy' | 'none';
  readonly rows: readonly Row[];
}

/** As much of a title as fits into a label of a host name, which has at most 63 characters. */
const SLUG = 30;

/** The host name of a row's Ingress. */
export const hostOf = ({ by }: Group, { chart, title }: Row): string => {
  const slug = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return `${chart}-${by}-${slug.slice(0, SLUG)}x.example.com`;
};
