import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

interface Row {
  readonly path: string;
  /** The default, as JSON. */
  readonly value: string;
  readonly description: string;
}

/**
 * Writes chart/README.md from values.yaml. A comment that begins with `-- ` describes the value below it.
 *
 * @throws Error naming values that have no such comment
 */
export function renderChartReadme(values: string): string {
  const rows = chartValues(values);
  const bare = rows.filter(({ description }) => description === '').map(({ path }) => path);
  if (bare.length > 0) throw new Error(`chart/values.yaml: not described: ${bare.join(', ')}`);
  const table = rows.map(
    ({ path, value, description }) =>
      `| \`${path}\` | \`${value}\` | ${description.replaceAll('|', '\\|')} |`,
  );
  return `${[...INTRODUCTION, '| value | default | |', '|---|---|---|', ...table].join('\n')}\n`;
}

/** The values that have a description, and the leaves without one. */
export function chartValues(values: string): readonly Row[] {
  return rowsOf(parseDocument(values).contents as YAMLMap, '');
}

const INTRODUCTION = [
  '<!-- Generated from values.yaml by `npm run codegen`. Do not edit. -->',
  '',
  '# Helm chart mlflow-gateway',
  '',
  'This chart puts the gateway in front of an unmodified, self-hosted MLflow: inside its pods (`mode: sidecar`), where MLflow leaves the',
  'network, or in separate pods in front of MLflow’s Service (`mode: standalone`). [docs/helm.md](../docs/helm.md) explains installation,',
  'upgrade and verification. `ci/` has values for the usual cases.',
  '',
  'A schema checks the values. The chart refuses an unknown value by name, and a name of another chart with the name to write instead',
  '([names from other charts](../docs/helm.md#names-from-other-charts)). Secrets are never values, only references to existing',
  'Secrets.',
  '',
];

function rowsOf(map: YAMLMap, prefix: string): Row[] {
  return (map.items as Pair[]).flatMap((pair) => {
    const path = prefix + String(isScalar(pair.key) ? pair.key.value : pair.key);
    const description = describe(isScalar(pair.key) ? pair.key.commentBefore : undefined, pair, map);
    if (description === '' && isMap(pair.value) && pair.value.items.length > 0)
      return rowsOf(pair.value, `${path}.`);
    return [{ path, value: JSON.stringify(toJs(pair)), description }];
  });
}

/** The comment above the first key of a map belongs to the map. */
function describe(own: string | null | undefined, pair: Pair, map: YAMLMap): string {
  const comment = own ?? (map.items[0] === pair ? map.commentBefore : undefined) ?? '';
  const at = comment.lastIndexOf(' -- ');
  if (at < 0) return '';
  return comment
    .slice(at + 4)
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}

const toJs = ({ value }: Pair): unknown => (value as { toJSON(): unknown }).toJSON();
