import { INJECT_VARIABLES, SHARED_WITH_INJECT } from './inject-variables.ts';
import { GROUP_TITLES, VARIABLES } from './schema.ts';
import type { Variable } from './variable.ts';

/**
 * Writes docs/reference/configuration.md from the table of variables. Same table, same bytes.
 *
 * @returns Markdown, ending with a line end
 */
export function renderConfigurationDocs(): string {
  const groups = [
    ...Object.entries(VARIABLES).map(([key, group]) => ({
      title: GROUP_TITLES[key as keyof typeof VARIABLES],
      variables: Object.values(group) as Variable[],
    })),
    { title: INJECT_TITLE, variables: Object.values<Variable>(INJECT_VARIABLES) },
  ];
  const overview = groups.flatMap(({ title, variables }) => [
    `| **${title}** | | |`,
    ...variables.map((variable) => `| ${link(variable)} | ${defaultOf(variable)} | ${summary(variable)} |`),
  ]);
  const details = groups.flatMap(({ title, variables }) => [
    `## ${title}`,
    '',
    ...variables.flatMap(section),
  ]);
  return `${[...INTRODUCTION, '| variable | default | |', '|---|---|---|', ...overview, '', ...details].join('\n').trimEnd()}\n`;
}

const INJECT_TITLE = 'The webhook (mlflow-gateway inject)';

const INTRODUCTION = [
  '<!-- Generated from src/config/schema.ts and inject-variables.ts by `npm run codegen`. Do not edit. -->',
  '',
  '# Configuration',
  '',
  'The gateway is configured by environment variables, read once at start. It starts only with a valid configuration;',
  'otherwise it lists all problems together, each with its fix.',
  '',
  '- Empty is the same as not set. Blanks around a value are dropped.',
  '- A variable that starts with `GW_` and is not on this page is an error, so that a misspelt name cannot leave a',
  '  protection off. (Variables that Kubernetes sets for a Service called `gw...` are recognised and ignored.)',
  '- Where a variable has two names, either works; both with different values is an error.',
  '- Lists are comma-separated.',
  `- \`mlflow-gateway inject\` reads the last group, and of the others ${Object.values<Variable>(
    SHARED_WITH_INJECT,
  )
    .map(({ name }) => `\`${name}\``)
    .join(', ')}; nothing else.`,
  '- `mlflow-gateway check` reads the same variables and reports without starting.',
  '',
];

function section(variable: Variable): string[] {
  const facts = [
    `- Type: ${variable.type.label}`,
    `- Default: ${defaultOf(variable)}`,
    `- Example: \`${variable.name}=${variable.example}\``,
  ];
  if (variable.aliases !== undefined) {
    facts.push(`- Also: ${variable.aliases.map((alias) => `\`${alias}\``).join(', ')}`);
  }
  if (variable.secret) facts.push('- Its value is never shown in logs or errors.');
  return [`### ${variable.name}`, '', variable.description, '', ...facts, ''];
}

function link(variable: Variable): string {
  return `[\`${variable.name}\`](#${variable.name.toLowerCase()})`;
}

function defaultOf(variable: Variable): string {
  if (variable.default !== undefined) return `\`${variable.default}\``;
  if (variable.required) return '**required**';
  return variable.requiredWhen === undefined ? 'not set' : `required with ${variable.requiredWhen}`;
}

/** The first sentence of the description. */
function summary(variable: Variable): string {
  const sentence = /^.*?[.](?=\s|$)/.exec(variable.description)?.[0] ?? variable.description;
  return sentence.replaceAll('|', '\\|');
}
