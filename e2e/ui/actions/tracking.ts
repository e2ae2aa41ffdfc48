import type { Session } from '../support/session.ts';
import { type Action, choose, dialog } from './action.ts';

const openRun = async (session: Session): Promise<void> => {
  const { experiment, runs } = session.tenant.data;
  await session.open(`/experiments/${experiment}/runs/${runs.baseline}`, { reload: true });
  await session.see(`${session.tenant.name}-sgd`);
};

/** Experiments and runs. */
export const TRACKING: readonly Action[] = [
  {
    title: 'create an experiment',
    role: 'contributor',
    method: 'POST',
    endpoint: 'experiments/create',
    async perform(session, name) {
      await session.open('/experiments', { reload: true });
      await session.page.getByRole('button', { name: 'Create', exact: true }).first().click();
      await session.page.getByLabel('Experiment Name').fill(name);
      await dialog(session).getByRole('button', { name: 'Create' }).click();
    },
    async expectDone(session, name) {
      await session.page.waitForURL(/#\/experiments\/\d+/);
      await session.see(name);
    },
  },
  {
    title: 'describe an experiment',
    role: 'contributor',
    method: 'POST',
    endpoint: 'experiments/set-experiment-tag',
    async perform(session, name) {
      await session.open(`/experiments/${session.tenant.data.experiment}/runs`, { reload: true });
      await choose(session, 'Edit experiment');
      await dialog(session).locator('textarea').fill(`described as ${name}`);
      await dialog(session).getByRole('button', { name: 'Save' }).click();
    },
    expectDone: (session, name) => session.see(`described as ${name}`),
  },
  {
    title: 'tag an experiment',
    role: 'contributor',
    method: 'POST',
    endpoint: 'experiments/set-experiment-tag',
    async perform(session, name) {
      await session.open('/experiments', { reload: true });
      const row = session.page.getByRole('row').filter({ hasText: `${session.tenant.name}-churn` });
      await row.getByLabel('Edit tags').click();
      await dialog(session).locator('input').first().click();
      await session.page.keyboard.type('colour');
      await session.page.keyboard.press('Enter');
      await dialog(session).getByLabel('Value').fill(name);
      await dialog(session).getByLabel('Add tag').click();
      await dialog(session).getByRole('button', { name: 'Save tags' }).click();
    },
    // The list shows one tag and the number of others; under the strategy `tags` the first may be the tenant tag.
    async expectDone(session, name) {
      await dialog(session).waitFor({ state: 'hidden' });
      const row = session.page.getByRole('row').filter({ hasText: `${session.tenant.name}-churn` });
      await row.getByLabel('Edit tags').click();
      await dialog(session).getByText(`: ${name}`).waitFor();
    },
  },
  {
    title: 'rename a run',
    role: 'contributor',
    method: 'POST',
    endpoint: 'runs/update',
    async perform(session, name) {
      await openRun(session);
      await choose(session, 'Rename');
      await dialog(session).getByRole('textbox').fill(name);
      await dialog(session).getByRole('button', { name: 'Save' }).click();
    },
    expectDone: (session, name) => session.page.getByRole('heading', { name }).waitFor(),
  },
  {
    title: 'describe a run',
    role: 'contributor',
    method: 'POST',
    endpoint: 'runs/set-tag',
    async perform(session, name) {
      await openRun(session);
      await session.page.getByLabel('Edit description').click();
      await session.page.locator('main textarea').first().fill(`described as ${name}`);
      await session.page.getByRole('button', { name: 'Save' }).click();
    },
    expectDone: (session, name) => session.page.locator('main p').getByText(`described as ${name}`).waitFor(),
  },
  {
    title: 'delete a run',
    role: 'admin',
    method: 'POST',
    endpoint: 'runs/delete',
    async perform(session) {
      await openRun(session);
      await choose(session, 'Delete');
      await dialog(session).getByRole('button', { name: 'Delete' }).click();
    },
    async expectDone(session) {
      const { name, data } = session.tenant;
      await session.page.waitForURL((url) => !url.hash.includes(data.runs.baseline));
      await session.open(`/experiments/${data.experiment}/runs`);
      await session.see('1 matching run', `${name}-tuned`);
    },
  },
];
