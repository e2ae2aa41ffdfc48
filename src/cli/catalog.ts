import { OPERATIONS } from '../catalog/generated/catalog.ts';
import type { Bounds, Field, FieldClass, Operation, TagsPlan, WorkspacesPlan } from '../catalog/types.ts';
import { CliError } from './load.ts';
import { printError, printOut } from './output.ts';

/** Prints the catalog as a table, or as JSON: an array of operations. @throws CliError for an unknown group */
export async function catalog(options: { readonly json: boolean; readonly group?: string }): Promise<void> {
  const groups = [...new Set(OPERATIONS.map(({ group }) => group))].sort();
  if (options.group !== undefined && !groups.includes(options.group))
    throw new CliError(`unknown group "${options.group}"; the groups are ${groups.join(', ')}`, 2);
  const chosen = OPERATIONS.filter((o) => options.group === undefined || o.group === options.group);
  if (options.json) {
    await printOut(`${JSON.stringify(chosen.map(describe), null, 2)}\n`);
    return;
  }
  const rows = chosen.map((o) => [o.id, o.method, o.paths[0], o.permission, o.workspaces.rule, o.tags.rule]);
  await printOut(table(['OPERATION', 'METHOD', 'PATH', 'PERMISSION', 'WORKSPACES', 'TAGS'], rows));
  printError(`${chosen.length} operations; --json shows every mount and field\n`);
}

/** One operation as `catalog --json` shows it. Stable: other programs may read it. */
function describe(operation: Operation): Record<string, unknown> {
  const { id, method, paths, group, summary, permission, versions } = operation;
  return {
    operation: id,
    method,
    paths,
    group,
    summary,
    permission,
    versions,
    ...(operation.public ? { public: true } : {}),
    strategies: { workspaces: ruleOf(operation.workspaces), tags: ruleOf(operation.tags) },
    body: operation.body,
    fields: [
      ...operation.path.map((p) => ({ in: 'path', name: p.name, ...shown(p.policy), ...bounds(p) })),
      ...operation.query.flatMap((f) => leaves(f, 'query', f.name)),
      ...operation.headers.flatMap((f) => leaves(f, 'header', f.name)),
      ...operation.bodyFields.flatMap((f) => leaves(f, 'body', f.name)),
    ],
  };
}

function ruleOf(plan: WorkspacesPlan | TagsPlan): Record<string, string> {
  return plan.rule === 'server-feature' ? { rule: plan.rule, feature: plan.feature } : { rule: plan.rule };
}

function leaves(field: Field, place: string, name: string): Record<string, unknown>[] {
  const at = field.repeated ? `${name}[]` : name;
  const policy = field.policy ? shown(field.policy) : {};
  // A list of objects has a bound but no class of its own.
  const own =
    field.policy || field.maxItems !== undefined
      ? [{ in: place, name: at, type: field.type, ...policy, ...bounds(field) }]
      : [];
  return [...own, ...(field.fields ?? []).flatMap((inner) => leaves(inner, place, `${at}.${inner.name}`))];
}

/** The largest value: `maxItems` of a list or map, `maxLength` of text, `max` of a number. */
const bounds = ({ maxItems, maxLength, max }: Bounds): Record<string, number> => ({
  ...(maxItems === undefined ? {} : { maxItems }),
  ...(maxLength === undefined ? {} : { maxLength }),
  ...(max === undefined ? {} : { max }),
});

const shown = (policy: FieldClass): Record<string, unknown> => ({ ...policy });

/** Columns padded to the widest cell. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd()}\n`;
  return [head, ...rows].map(line).join('');
}
