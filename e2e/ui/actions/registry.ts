import { type Click, choose, dialog } from './action.ts';

/** Registered models and prompts. */
export const REGISTRY: readonly Click[] = [
  {
    title: 'registering a model',
    role: 'contributor',
    method: 'POST',
    sends: 'registered-models/create',
    async act(visit, name) {
      await visit.open(`/experiments/${visit.team.work.experiment}/models`, { reload: true });
      await visit.page
        .getByRole('link', { name: `${visit.team.name}-threshold` })
        .first()
        .click();
      await visit.page.getByRole('button', { name: 'Register model' }).click();
      await dialog(visit).locator('input').first().click();
      await visit.page.getByText('Create New Model').last().click();
      await visit.page.getByPlaceholder('Input a model name').fill(name);
      await dialog(visit).getByRole('button', { name: 'Register' }).click();
    },
    async done(visit, name) {
      await visit.see('Model registered successfully');
      await visit.open(`/models/${name}`);
      await visit.see('Version 1');
    },
  },
  {
    title: 'tagging a model',
    role: 'contributor',
    method: 'POST',
    sends: 'registered-models/set-tag',
    async act(visit, name) {
      await visit.open(`/models/${visit.team.name}-model`, { reload: true });
      await visit.page.getByLabel('tag name').fill('colour');
      await visit.page.getByLabel('tag value').fill(name);
      await visit.page.getByRole('main').getByRole('button', { name: 'Add' }).first().click();
    },
    done: (visit, name) => visit.page.getByRole('cell', { name }).waitFor(),
  },
  {
    title: 'giving a version an alias',
    role: 'contributor',
    method: 'POST',
    sends: 'registered-models/alias',
    async act(visit) {
      await visit.open(`/models/${visit.team.name}-model`, { reload: true });
      const row = visit.page.getByRole('row').filter({ hasText: 'Version 1' });
      await row.getByRole('button', { name: 'Add' }).last().click();
      await dialog(visit).locator('input').first().click();
      await visit.page.keyboard.type('trial');
      await visit.page.keyboard.press('Enter');
      await dialog(visit).getByRole('button', { name: 'Save' }).click();
    },
    async done(visit) {
      await dialog(visit).waitFor({ state: 'hidden' });
      await visit.open(`/models/${visit.team.name}-model`, { reload: true });
      await visit.see('@ trial');
    },
  },
  {
    title: 'making a prompt',
    role: 'contributor',
    method: 'POST',
    sends: 'registered-models/create',
    async act(visit, name) {
      await visit.open('/prompts', { reload: true });
      await visit.page.getByRole('button', { name: 'Create prompt' }).click();
      await dialog(visit).locator('[data-component-id="mlflow.prompts.create.name"]').fill(name);
      await dialog(visit).locator('textarea').first().fill('Answer {{question}}.');
      await dialog(visit).getByRole('button', { name: 'Create' }).click();
    },
    async done(visit, name) {
      await visit.page.waitForURL(/#\/prompts\/./);
      await visit.see(name, 'Viewing version 1');
    },
  },
  {
    title: 'deleting a version of a model',
    role: 'admin',
    method: 'DELETE',
    sends: 'model-versions/delete',
    async act(visit) {
      await visit.open(`/models/${visit.team.name}-model/versions/1`, { reload: true });
      await choose(visit, 'Delete');
      await dialog(visit).getByRole('button', { name: 'Delete' }).click();
    },
    async done(visit) {
      await visit.see('Version 2');
      await visit.page.getByText('Version 1').waitFor({ state: 'detached' });
    },
  },
];
