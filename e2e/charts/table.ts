import type { Found } from './sources.ts';
import type { Field } from './survey.ts';
import { METHODS, type Method, type Origin } from './types.ts';

const NAMES: Readonly<Record<Origin, string>> = {
  official: 'MLflow’s own chart',
  community: 'community-charts/mlflow',
  plain: 'a manifest of one’s own',
};
const METHOD_NAMES: Readonly<Record<Method, string>> = {
  webhook: 'webhook',
  policy: 'policy',
  'by hand': 'by hand',
};

/** The contents of the page. */
export interface Survey {
  readonly fields: readonly Field[];
  readonly charts: readonly Found[];
  /** The MLflow that was run. */
  readonly mlflow: string;
  /** The day, as in `2026-11-27`. */
  readonly date: string;
}

/** The part of docs/charts.md that a run writes, below its introduction. */
export function tableOf({ fields, charts, mlflow, date }: Survey): string {
  const rows = [...new Set(fields.map(({ row }) => row))];
  const refused = rows.filter((row) =>
    fields.some((field) => field.row === row && field.outcome.kind === 'refused'),
  );
  const works = fields.filter(({ outcome }) => outcome.kind === 'patched').length;
  return [
    `Written on ${date} with ${charts.map(versionOf).join(' and ')}. MLflow ${mlflow} was run for each “works”.`,
    '',
    `${rows.length} sets of values, ${fields.length} pods: ${works} work, ${fields.length - works} are refused.`,
    '',
    '| values | | MLflow’s own chart | community-charts/mlflow | a manifest of one’s own |',
    '|---|---|---|---|---|',
    ...rows.map((row) => {
      const cells = (['official', 'community', 'plain'] as const).map((origin) =>
        cellOf(fields.filter((field) => field.row === row && field.origin === origin)),
      );
      const id = refused.includes(row) ? `[\`${row.id}\`](#${row.id})` : `\`${row.id}\``;
      return `| ${id} | ${row.title}${row.note === undefined ? '' : `<br>${row.note}`} | ${cells.join(' | ')} |`;
    }),
    '',
    '## What to change',
    '',
    'What each refused pod is refused with, and the row that does as it says.',
    '',
    ...refused.flatMap((row) => {
      const repairs = rows.filter(({ repairs }) => repairs === row.id);
      return [
        `### ${row.id}`,
        '',
        ...sentencesOf(fields.filter((field) => field.row === row)),
        ...(repairs.length === 0
          ? []
          : ['', `Repaired: ${repairs.map(({ id }) => `\`${id}\``).join(', ')}.`]),
        '',
      ];
    }),
  ]
    .join('\n')
    .trimEnd();
}

const versionOf = (found: Found): string =>
  'missing' in found
    ? `pods of the shape of ${NAMES[found.name]}, which could not be had`
    : `${NAMES[found.name]} ${found.version} (MLflow ${found.appVersion}${found.given ? ', from a folder' : ''})`;

/** `works`, or the methods with which it works. */
function cellOf(fields: readonly Field[]): string {
  if (fields.length === 0) return '–';
  const refused = fields.filter(({ outcome }) => outcome.kind !== 'patched');
  if (refused.length === 0) return 'works';
  if (refused.length === fields.length) return '**refused**';
  return METHODS.map((method) => {
    const isRefused = refused.some((field) => field.method === method);
    return `${METHOD_NAMES[method]}: ${isRefused ? '**refused**' : 'works'}`;
  }).join('<br>');
}

/** Each message once, with its charts and methods. */
function sentencesOf(fields: readonly Field[]): string[] {
  const said = new Map<string, Field[]>();
  for (const field of fields) {
    if (field.outcome.kind !== 'refused') continue;
    said.set(field.outcome.message, [...(said.get(field.outcome.message) ?? []), field]);
  }
  return [...said].map(([message, where]) => {
    const places = [...new Set(where.map(({ origin }) => origin))].map((origin) => {
      const methods = where
        .filter((field) => field.origin === origin)
        .map(({ method }) => METHOD_NAMES[method]);
      return `${NAMES[origin]}, ${methods.join(', ')}`;
    });
    return `- ${places.join('; ')}: “${escaped(message)}”`;
  });
}

const escaped = (message: string): string =>
  message
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('<', '&lt;')
    .replaceAll('*', '\\*')
    .replaceAll('|', '\\|')
    .replaceAll('_', '\\_');
