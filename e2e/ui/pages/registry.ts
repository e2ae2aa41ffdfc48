import { test } from '../fixtures.ts';

/** Registered models and prompts; MLflow stores prompts as registered models. */
export function registryPages(): void {
  test('the list of models has versions and aliases', async ({ member }) => {
    const { name } = member.tenant;
    await member.open('/models');
    await member.see(`${name}-model`, 'Version 2', '@ champion');
    await member.check();
    await member.picture(`${name}-models`);
  });

  test('a model has its versions, aliases and tags', async ({ member }) => {
    const { name } = member.tenant;
    await member.open('/models');
    await member.page.getByRole('link', { name: `${name}-model` }).click();
    await member.see(`Who leaves ${name}.`, 'Version 1', 'Version 2', '@ champion', `: ${name}-yes`);
    await member.check();
  });

  test('a version has its source run and schema', async ({ member }) => {
    const { name } = member.tenant;
    await member.open(`/models/${name}-model/versions/2`);
    await member.see(`${name} says yes above one half.`, '@ champion', `${name}-tuned`, `${name}-threshold`);
    await member.see('Inputs (1)', 'Outputs (1)');
    await member.check();
  });

  test('a logged model has its details and files', async ({ member }) => {
    const { name, data } = member.tenant;
    await member.open(`/experiments/${data.experiment}/models`);
    await member.page
      .getByRole('link', { name: `${name}-threshold` })
      .first()
      .click();
    await member.see('Ready', `${name}-tuned`, data.runs.tuned, `${name}-sgd`);
    await member.page.getByRole('link', { name: 'Artifacts', exact: true }).click();
    await member.page.getByText('MLmodel', { exact: true }).click();
    await member.see(/loader_module: mlflow\.pyfunc\.model/);
    await member.check();
  });

  test('the list of prompts has the latest versions', async ({ member }) => {
    await member.open('/prompts');
    await member.see(`${member.tenant.name}-prompt`, 'Version 2');
    await member.check();
  });

  test('a prompt compares its versions', async ({ member }) => {
    const { name } = member.tenant;
    await member.open('/prompts');
    await member.page.getByRole('link', { name: `${name}-prompt` }).click();
    await member.see('Viewing version 2', '@ live', `${name}: Answer {{question}}, and be kind.`);
    await member.see(new RegExp(`You work for ${name}.*be kind`));
    await member.page.getByText('Compare', { exact: true }).click();
    await member.see('Comparing version 2 with version 1', `${name}: Answer {{question}}.`);
    await member.check();
  });
}
