import { expect, test } from 'vitest';
import { renderConfigurationDocs } from './docs.ts';
import { INJECT_VARIABLES } from './inject-variables.ts';
import { allVariables } from './schema.ts';
import type { Variable } from './variable.ts';

const variables = [...allVariables(), ...Object.values<Variable>(INJECT_VARIABLES)];

test('every variable has an entry, with its aliases and an example', () => {
  const page = renderConfigurationDocs();
  for (const variable of variables) {
    expect(page).toContain(`\n### ${variable.name}\n`);
    expect(page).toContain(`](#${variable.name.toLowerCase()})`);
    expect(page).toContain(`${variable.name}=${variable.example}`);
    for (const alias of variable.aliases ?? []) expect(page).toContain(`- Also: \`${alias}\``);
  }
});

test('no value breaks a table row', () => {
  const rows = renderConfigurationDocs()
    .split('\n')
    .filter((line) => line.startsWith('| ['));
  expect(rows).toHaveLength(variables.length);
  for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
});
