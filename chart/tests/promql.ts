import { parser } from '@prometheus-io/lezer-promql';

/** The names in a query. */
export interface Query {
  readonly metrics: readonly string[];
  readonly labels: readonly string[];
}

/**
 * Reads a query by Prometheus's own grammar for editors.
 *
 * @throws Error with the position of the syntax error
 */
export function readQuery(text: string): Query {
  const metrics: string[] = [];
  const labels: string[] = [];
  parser.parse(text).iterate({
    enter({ type, from, to }) {
      if (type.isError) throw new Error(`not PromQL at ${from}: ${text}`);
      if (type.name === 'Identifier') metrics.push(text.slice(from, to));
      if (type.name === 'LabelName') labels.push(text.slice(from, to));
    },
  });
  return { metrics, labels };
}
