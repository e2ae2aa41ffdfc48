import { test } from 'vitest';
import type { Visit } from '../support/session.ts';

/** Registered models and prompts, which are registered models too. */
export function registryPages(sit: () => Visit): void {
  test('the list of models', async () => {
    const visit = sit();
    const { name } = visit.team;
    await visit.open('/models');
    await visit.see(`${name}-model`, 'Version 2', '@ champion');
    await visit.check();
    await visit.picture(`${name}-models`);
  });

  test('a model and its versions', async () => {
    const visit = sit();
    const { name } = visit.team;
    await visit.open('/models');
    await visit.page.getByRole('link', { name: `${name}-model` }).click();
    await visit.see(`Who leaves ${name}.`, 'Version 1', 'Version 2', '@ champion', `: ${name}-yes`);
    await visit.check();
  });

  test('a version', async () => {
    const visit = sit();
    const { name } = visit.team;
    await visit.open(`/models/${name}-model/versions/2`);
    await visit.see(`${name} says yes above one half.`, '@ champion', `${name}-tuned`, `${name}-threshold`);
    await visit.see('Inputs (1)', 'Outputs (1)');
    await visit.check();
  });

  test('a logged model', async () => {
    const visit = sit();
    const { name, work } = visit.team;
    await visit.open(`/experiments/${work.experiment}/models`);
    await visit.page
      .getByRole('link', { name: `${name}-threshold` })
      .first()
      .click();
    await visit.see('Ready', `${name}-tuned`, work.runs.tuned, `${name}-sgd`);
    await visit.page.getByRole('link', { name: 'Artifacts', exact: true }).click();
    await visit.page.getByText('MLmodel', { exact: true }).click();
    await visit.see(/loader_module: mlflow\.pyfunc\.model/);
    await visit.check();
  });

  test('the list of prompts', async () => {
    const visit = sit();
    await visit.open('/prompts');
    await visit.see(`${visit.team.name}-prompt`, 'Version 2');
    await visit.check();
  });

  test('a prompt, and its versions compared', async () => {
    const visit = sit();
    const { name } = visit.team;
    await visit.open('/prompts');
    await visit.page.getByRole('link', { name: `${name}-prompt` }).click();
    await visit.see('Viewing version 2', '@ live', `${name}: Answer {{question}}, and be kind.`);
    await visit.see(new RegExp(`You work for ${name}.*be kind`));
    await visit.page.getByText('Compare', { exact: true }).click();
    await visit.see('Comparing version 2 with version 1', `${name}: Answer {{question}}.`);
    await visit.check();
  });
}
