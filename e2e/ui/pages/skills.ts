import { test } from '../fixtures.ts';

/** The registry of skills. */
export function skillPages(): void {
  test('the list of skills has organisations, versions and sources', async ({ member }) => {
    const { name } = member.tenant;
    await member.open('/skills');
    await member.see(`${name}-review`, `${name}-summary`, `@${name}`, 'v2', 'MLflow artifacts', 'Git');
    await member.check();
  });

  test('a skill has its versions, aliases, tags and files', async ({ member }) => {
    const { name } = member.tenant;
    await member.open(`/skills/${name}-review`);
    await member.see('Viewing version 2', 'Version 1', '@ latest', `: ${name}-nlp`);
    await member.see(`You review for ${name}: read the tests too.`, 'check.py');
    await member.page.getByRole('row').filter({ hasText: 'Version 1' }).click();
    await member.see('Viewing version 1', '@ live', `You review for ${name}: read the code.`);
    await member.check();
  });

  test('a skill in an organisation has its source', async ({ member }) => {
    const { name } = member.tenant;
    await member.open(`/skills/@${name}/${name}-summary`);
    await member.see('Viewing version 1', `https://git.example.com/${name}.git`);
    await member.check();
  });
}
