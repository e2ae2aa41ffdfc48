import { parse } from 'yaml';
import { allVariables } from '../../src/config/schema.ts';
import { chartValues } from './readme.ts';

type Json = Record<string, unknown>;

interface Restricted {
  readonly path: string;
  /** The installations in which the value applies: a word of names.yaml. */
  readonly for: string;
  readonly say: string;
  /** Values below the path that apply everywhere. */
  readonly except?: readonly string[];
}

interface Names {
  /** Path of a value of another chart -> a sentence with the replacement. */
  readonly foreign: Readonly<Record<string, string>>;
  readonly only: readonly Restricted[];
}

/**
 * Writes chart/names.json, from which the chart refuses names of other charts, and values that its mode does not use. The
 * chart compares such a value with its default, which comes from values.yaml.
 *
 * @param names the text of names.yaml
 * @param values the text of chart/values.yaml
 * @throws Error naming paths of `only` that values.yaml does not have, and paths of `foreign` that it does
 */
export function renderNames(names: string, values: string): string {
  const { foreign, only } = parse(names) as Names;
  const defaults = chartValues(values);
  const taken = Object.keys(foreign).filter((foreigner) =>
    defaults.some(({ path }) => within(path, foreigner)),
  );
  if (taken.length > 0)
    throw new Error(`codegen/chart/names.yaml: foreign, and in chart/values.yaml: ${taken.join(', ')}`);
  const rows = only.flatMap(({ path, except = [], ...rest }) => {
    const own = defaults.filter((value) => within(value.path, path) && !except.includes(value.path));
    if (own.length === 0) throw new Error(`codegen/chart/names.yaml: only: chart/values.yaml has no ${path}`);
    return own.map((value) => ({ path: value.path, default: JSON.parse(value.value), ...rest }));
  });
  // Their other names are variables of the gateway as well, and do not begin with GW_.
  const variables = Object.fromEntries(
    allVariables().flatMap(({ name, aliases }) => (aliases ?? []).map((alias) => [alias, name])),
  );
  return `${JSON.stringify({ foreign, only: rows, variables }, null, 2)}\n`;
}

/**
 * Makes the schema of the values accept the foreign names; the templates refuse them with a reason.
 *
 * @throws Error if a foreign name is below a value without properties in the schema
 */
export function allowForeignNames(schema: Json, names: string): void {
  for (const [path, sentence] of Object.entries((parse(names) as Names).foreign)) {
    const parts = path.split('.');
    let at = schema;
    for (const part of parts.slice(0, -1)) {
      const next = (at.properties as Json | undefined)?.[part] as Json | undefined;
      if (next === undefined) throw new Error(`codegen/chart/names.yaml: the schema has no ${path}`);
      at = next;
    }
    at.properties ??= {};
    (at.properties as Json)[path.slice(path.lastIndexOf('.') + 1)] = { description: `Refused: ${sentence}.` };
  }
}

const within = (leaf: string, path: string): boolean => leaf === path || leaf.startsWith(`${path}.`);
