import { MARK } from '../../codegen/policy/marks.ts';
import type { ChangedFunction } from './changed-sources.ts';
import type { Dump, Unlisted } from './dump.ts';
import { type Proposal, type ProposedField, type ProposedOperation, someOf } from './propose.ts';
import { rootOf } from './survey.ts';

/** All that the worksheet of a version says. */
export interface Worksheet {
  readonly version: string;
  /** The versions that it was compared with. */
  readonly others: readonly string[];
  readonly dump: Dump;
  readonly operations: readonly ProposedOperation[];
  readonly fields: readonly ProposedOperation[];
  /** New group → the group that it resembles, and its proposed defaults. */
  readonly groups: ReadonlyMap<string, { readonly template?: string; readonly defaults: string }>;
  readonly kinds: readonly string[];
  readonly changed: readonly ChangedFunction[];
  readonly mounts: readonly string[];
  readonly graphql: readonly string[];
  /** New tag key → where MLflow's source spells it. */
  readonly tags: ReadonlyMap<string, readonly string[]>;
  /** The notes of the merge. */
  readonly notes: readonly string[];
  /** Of codegen, with the proposals as if they were confirmed; `undefined` if it did not run. */
  readonly problems: readonly string[] | undefined;
  /** `operation place: proposed, decided`. */
  readonly otherwise: readonly string[];
}

/** How much the tool leaves to a person. */
export interface Counts {
  /** Reads that openapi/extract/handwritten.py lacks, as one remedy each. */
  readonly unlisted: number;
  /** Marked values to confirm, and how many of them are different ones: the same field of the same class in a group is one. */
  readonly proposals: number;
  readonly differentProposals: number;
  /** Values without a proposal, counted in the same two ways. */
  readonly undecided: number;
  readonly differentUndecided: number;
  /** Problems of codegen with the proposals as if they were confirmed. */
  readonly problems: number;
  /** Functions with a source that no other surveyed version has. */
  readonly functions: number;
}

/** Whether nothing is left to decide. Changed functions are to be read; they are no decision by themselves. */
export const isDecided = ({ unlisted, proposals, undecided, problems }: Counts): boolean =>
  unlisted + proposals + undecided + problems === 0;

export function countsOf(sheet: Worksheet): Counts {
  const values = [...sheet.operations, ...sheet.fields].flatMap(
    ({ operation: { group }, permission, rules, fields }) => [
      ...(permission ? [{ key: `${group} permission ${permission.value}`, value: permission.value }] : []),
      ...Object.entries(rules).map(([rule, value]) => ({ key: `${group} ${rule} ${value}`, value })),
      ...fields.map(({ place, value }) => ({ key: `${group} ${place} ${value}`, value })),
    ],
  );
  const open = values.filter(({ value }) => value === '?');
  const proposed = values.filter(({ value }) => value !== '?');
  const different = (all: typeof values): number => new Set(all.map(({ key }) => key)).size;
  const groups = sheet.groups.size;
  return {
    unlisted: remedies(sheet.dump.decisions).length,
    proposals: proposed.length + groups,
    differentProposals: different(proposed) + groups,
    undecided: open.length + sheet.kinds.length,
    differentUndecided: different(open) + sheet.kinds.length,
    problems: sheet.problems?.length ?? 0,
    functions: sheet.changed.length,
  };
}

/** The worksheet as Markdown. The same input makes the same text. */
export function writeWorksheet(sheet: Worksheet): string {
  const counts = countsOf(sheet);
  return `${[
    `# MLflow ${sheet.version}: worksheet`,
    `This page lists all that MLflow ${sheet.version} has and ${sheet.others.join(', ')} have not, with a proposal for each decision. \`npm run new-version -- ${sheet.version}\` wrote it. Files are those of the Python package \`mlflow\` ${sheet.version}. [Adding an MLflow version](../adding-an-mlflow-version.md) explains how to decide.`,
    summary(counts),
    section('Reads to list in `handwritten.py`', unlistedTable(sheet.dump.decisions)),
    section('New operations', groupsOf(sheet)),
    section(
      'New fields of known operations',
      sheet.fields.map((one) => operationOf(one, sheet.dump)).join('\n\n'),
    ),
    section('New resource kinds', sheet.kinds.map(kindOf).join('\n')),
    section('Known operations at new paths', list(sheet.mounts)),
    section('Notes of the merge', list(sheet.notes)),
    section('New tag keys', tagTable(sheet.tags)),
    section('New fields of GraphQL', list(sheet.graphql.map(code))),
    section('What codegen reports besides the marks', list(sheet.problems ?? [])),
    section('Decided otherwise than proposed', list(sheet.otherwise)),
    section('Known operations with a changed handler', handlerTable(sheet.changed)),
    section('Changed functions below known operations', changedTable(sheet.changed)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`;
}

function summary(counts: Counts): string {
  const rows: [string, string][] = [
    ['reads to list in `handwritten.py`', `${counts.unlisted}`],
    [
      `proposals to confirm (values marked \`${MARK}\`)`,
      `${counts.proposals}, ${counts.differentProposals} of them different`,
    ],
    [`values to find (\`${MARK}?\`)`, `${counts.undecided}, ${counts.differentUndecided} of them different`],
    ['other problems that codegen reports', `${counts.problems}`],
    [
      'functions of known operations to read, with a source that no other surveyed version has',
      `${counts.functions}`,
    ],
  ];
  return table(['left to a person', ''], rows);
}

function groupsOf(sheet: Worksheet): string {
  return [...Map.groupBy(sheet.operations, ({ operation }) => operation.group)]
    .map(([group, found]) => {
      const known = sheet.groups.get(group);
      const resembles = known?.template
        ? `A new group, which resembles ${code(known.template)}.`
        : 'A new group, which resembles none: proposed for platform admins.';
      const intro =
        known === undefined
          ? `Rules: the defaults of \`openapi/policy/${group}.yaml\`, unless stated.`
          : `${resembles} Proposed defaults: ${code(known.defaults)}. If MLflow does not keep the resources of workspaces apart, \`pin\` is wrong and \`platform-admin\` right.`;
      return [`### ${group}`, intro, ...found.map((one) => operationOf(one, sheet.dump))].join('\n\n');
    })
    .join('\n\n');
}

function operationOf(proposed: ProposedOperation, dump: Dump): string {
  const { operation, permission, rules, notCopied, fields } = proposed;
  const where = dump.operations[operation.id]?.where;
  const stores = where?.stores ?? [];
  const read = [
    where ? `Handler ${where.handler.map(code).join(', ')}` : 'No handler in the source that the walk reads',
    ...(stores.length > 0 ? [`store ${someOf(stores.map(code), 4)}`] : []),
  ].join('; ');
  const rows = [
    ...(permission ? [row('permission', permission, '', [])] : []),
    ...Object.entries(rules).map(([rule, value]) => row(`rule ${rule}`, ruleProposal(value), '', [])),
    ...fields.map((field) => row(code(field.place), field, placeOf(field, where?.fields), field.others)),
  ];
  const also =
    notCopied.length > 0
      ? `\n\nThe operation that it resembles has further rules: ${notCopied.map(code).join(', ')}.`
      : '';
  return `#### ${operation.id}: \`${operation.method} ${operation.path}\`\n\n${read}.${also}\n\n${table(
    ['', 'proposed', 'reason', 'if it is wrong', 'read at', 'fields of this name'],
    rows,
  )}`;
}

const ruleProposal = (value: string): Proposal => ({
  value,
  reason: 'as the operation that it resembles',
  risk: 'The strategy treats the request as another kind of operation: refused, or not narrowed to the tenant.',
});

function placeOf({ place, at }: ProposedField, fields: Readonly<Record<string, string>> | undefined): string {
  const found = fields?.[rootOf(place)];
  if (found !== undefined) return `${at}, ${code(found)}`;
  return place === '*' ? 'the rest of the body' : `${at}; the source does not spell it`;
}

const row = (
  what: string,
  { value, reason, risk }: Proposal,
  place: string,
  others: readonly string[],
): string[] => [
  what,
  value === '?' ? '**to be found**' : code(value),
  reason,
  risk,
  place,
  others.join('; '),
];

/** Decisions with the same remedy at the same place. */
function remedies(decisions: readonly Unlisted[]): (readonly Unlisted[])[] {
  return [...Map.groupBy(decisions, (one) => `${one.place} ${one.name} ${one.suggestion}`).values()];
}

function unlistedTable(decisions: readonly Unlisted[]): string {
  if (decisions.length === 0) return '';
  const rows = remedies(decisions).map((same) => {
    const [{ kind, at, name, place, suggestion } = same[0] as Unlisted] = same;
    const handlers = someOf(same.map(({ handler }) => code(handler.replace(/^mlflow\.server\./, ''))));
    const verb = {
      read: `reads ${at}`,
      'not read': `does not read ${at}`,
      'cannot be followed': 'cannot be followed:',
    }[kind];
    return [
      handlers,
      `${verb} ${code(name)}`,
      place ? code(place) : '',
      kind === 'read' ? code(suggestion) : suggestion,
    ];
  });
  return `The description has these fields provisionally, as texts unless the suggestion says otherwise; \`python3 -m extract --check\` fails until the table is complete. It does not have what cannot be followed.\n\n${table(['handler', '', 'at', 'suggestion'], rows)}`;
}

const kindOf = (kind: string): string =>
  `- ${code(kind)}: \`openapi/kinds.yaml\` has a marked entry. It needs MLflow's message for a missing one, and the place of its tags or its container; \`openapi/migration.yaml\` needs an entry if it has a tenant tag.`;

function tagTable(tags: Worksheet['tags']): string {
  if (tags.size === 0) return '';
  const rows = [...tags].map(([tag, places]) => [code(tag), places.map(code).join(', ')]);
  return `If the server believes a location or an owner in one of them, \`reserved-tags\` of \`openapi/gateway.yaml\` has to list it.\n\n${table(['key', 'at'], rows)}`;
}

function changedTable(changed: readonly ChangedFunction[]): string {
  if (changed.length === 0) return '';
  const rows = changed.map(({ place, name, isNew, operations }) => [
    code(place),
    code(name),
    isNew ? 'new' : 'changed',
    `${operations.length}`,
    someOf(operations, 4),
  ]);
  return `Each is reached from an operation that another version has, and has a source that no other surveyed version has. Read them for fields that are used in a new way. Comments and formatting do not count.\n\n${table(['at', 'function', '', 'operations', ''], rows)}`;
}

/** Functions of more operations than this are helpers of all; the table of functions has them. */
const SHARED = 20;

function handlerTable(changed: readonly ChangedFunction[]): string {
  const operations = [...new Set(changed.flatMap(({ handles }) => handles))].sort();
  if (operations.length === 0) return '';
  const rows = operations.map((operation) => {
    const handlers = changed.filter(({ handles }) => handles.includes(operation));
    const below = changed.filter(
      (one) =>
        !handlers.includes(one) && one.operations.includes(operation) && one.operations.length <= SHARED,
    );
    return [
      operation,
      handlers.map(({ name }) => code(name)).join(', '),
      someOf(
        below.map(({ name }) => code(name)),
        6,
      ),
    ];
  });
  return `The functions below a handler are those that at most ${SHARED} operations reach.\n\n${table(['operation', 'handler', 'changed below it'], rows)}`;
}

const code = (text: string): string => `\`${text}\``;
const list = (items: readonly string[]): string => items.map((item) => `- ${item}`).join('\n');
const section = (title: string, content: string): string =>
  content === '' ? '' : `## ${title}\n\n${content}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
