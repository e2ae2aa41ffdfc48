import { type Action, choose, dialog } from './action.ts';

/** Registered models and prompts. */
export const REGISTRY: readonly Action[] = [
  {
    title: 'register a model',
    role: 'contributor',
    method: 'POST',
    endpoint: 'registered-models/create',
    announcement: 'Model registered successfully',
    async perform(session, name) {
      await session.open(`/experiments/${session.tenant.data.experiment}/models`, { reload: true });
      await session.page
        .getByRole('link', { name: `${session.tenant.name}-threshold` })
        .first()
        .click();
      await session.page.getByRole('button', { name: 'Register model' }).click();
      await dialog(session).locator('input').first().click();
      await session.page.getByText('Create New Model').last().click();
      await session.page.getByPlaceholder('Input a model name').fill(name);
      await dialog(session).getByRole('button', { name: 'Register' }).click();
    },
    async expectDone(session, name) {
      await session.open(`/models/${name}`);
      await session.see('Version 1');
    },
  },
  {
    title: 'tag a model',
    role: 'contributor',
    method: 'POST',
    endpoint: 'registered-models/set-tag',
    async perform(session, name) {
      await session.open(`/models/${session.tenant.name}-model`, { reload: true });
      await session.page.getByLabel('tag name').fill('colour');
      await session.page.getByLabel('tag value').fill(name);
      await session.page.getByRole('main').getByRole('button', { name: 'Add' }).first().click();
    },
    expectDone: (session, name) => session.page.getByRole('cell', { name }).waitFor(),
  },
  {
    title: 'set an alias',
    role: 'contributor',
    method: 'POST',
    endpoint: 'registered-models/alias',
    async perform(session) {
      await session.open(`/models/${session.tenant.name}-model`, { reload: true });
      const row = session.page.getByRole('row').filter({ hasText: 'Version 1' });
      await row.getByRole('button', { name: 'Add' }).last().click();
      await dialog(session).locator('input').first().click();
      await session.page.keyboard.type('trial');
      await session.page.keyboard.press('Enter');
      await dialog(session).getByRole('button', { name: 'Save' }).click();
    },
    async expectDone(session) {
      await dialog(session).waitFor({ state: 'hidden' });
      await session.open(`/models/${session.tenant.name}-model`, { reload: true });
      await session.see('@ trial');
    },
  },
  {
    title: 'create a prompt',
    role: 'contributor',
    method: 'POST',
    endpoint: 'registered-models/create',
    async perform(session, name) {
      await session.open('/prompts', { reload: true });
      await session.page.getByRole('button', { name: 'Create prompt' }).click();
      await dialog(session).locator('[data-component-id="mlflow.prompts.create.name"]').fill(name);
      await dialog(session).locator('textarea').first().fill('Answer {{question}}.');
      await dialog(session).getByRole('button', { name: 'Create' }).click();
    },
    async expectDone(session, name) {
      await session.page.waitForURL(/#\/prompts\/./);
      await session.see(name, 'Viewing version 1');
    },
  },
  {
    title: 'delete a model version',
    role: 'admin',
    method: 'DELETE',
    endpoint: 'model-versions/delete',
    async perform(session) {
      await session.open(`/models/${session.tenant.name}-model/versions/1`, { reload: true });
      await choose(session, 'Delete');
      await dialog(session).getByRole('button', { name: 'Delete' }).click();
    },
    async expectDone(session) {
      await session.see('Version 2');
      await session.page.getByText('Version 1').waitFor({ state: 'detached' });
    },
  },
];
