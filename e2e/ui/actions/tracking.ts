import type { Visit } from '../support/session.ts';
import { type Click, choose, dialog } from './action.ts';

const openRun = async (visit: Visit): Promise<void> => {
  const { experiment, runs } = visit.team.work;
  await visit.open(`/experiments/${experiment}/runs/${runs.baseline}`, { reload: true });
  await visit.see(`${visit.team.name}-sgd`);
};

/** Experiments and runs. */
export const TRACKING: readonly Click[] = [
  {
    title: 'making an experiment',
    role: 'contributor',
    method: 'POST',
    sends: 'experiments/create',
    async act(visit, name) {
      await visit.open('/experiments', { reload: true });
      await visit.page.getByRole('button', { name: 'Create', exact: true }).first().click();
      await visit.page.getByLabel('Experiment Name').fill(name);
      await dialog(visit).getByRole('button', { name: 'Create' }).click();
    },
    async done(visit, name) {
      await visit.page.waitForURL(/#\/experiments\/\d+/);
      await visit.see(name);
    },
  },
  {
    title: 'describing an experiment',
    role: 'contributor',
    method: 'POST',
    sends: 'experiments/set-experiment-tag',
    async act(visit, name) {
      await visit.open(`/experiments/${visit.team.work.experiment}/runs`, { reload: true });
      await choose(visit, 'Edit experiment');
      await dialog(visit).locator('textarea').fill(`described as ${name}`);
      await dialog(visit).getByRole('button', { name: 'Save' }).click();
    },
    done: (visit, name) => visit.see(`described as ${name}`),
  },
  {
    title: 'tagging an experiment',
    role: 'contributor',
    method: 'POST',
    sends: 'experiments/set-experiment-tag',
    async act(visit, name) {
      await visit.open('/experiments', { reload: true });
      const row = visit.page.getByRole('row').filter({ hasText: `${visit.team.name}-churn` });
      await row.getByLabel('Edit tags').click();
      await dialog(visit).locator('input').first().click();
      await visit.page.keyboard.type('colour');
      await visit.page.keyboard.press('Enter');
      await dialog(visit).getByLabel('Value').fill(name);
      await dialog(visit).getByLabel('Add tag').click();
      await dialog(visit).getByRole('button', { name: 'Save tags' }).click();
    },
    // The list shows one tag and how many more there are; under `tags` the first may be the owner's.
    async done(visit, name) {
      await dialog(visit).waitFor({ state: 'hidden' });
      const row = visit.page.getByRole('row').filter({ hasText: `${visit.team.name}-churn` });
      await row.getByLabel('Edit tags').click();
      await dialog(visit).getByText(`: ${name}`).waitFor();
    },
  },
  {
    title: 'renaming a run',
    role: 'contributor',
    method: 'POST',
    sends: 'runs/update',
    async act(visit, name) {
      await openRun(visit);
      await choose(visit, 'Rename');
      await dialog(visit).getByRole('textbox').fill(name);
      await dialog(visit).getByRole('button', { name: 'Save' }).click();
    },
    done: (visit, name) => visit.page.getByRole('heading', { name }).waitFor(),
  },
  {
    title: 'describing a run',
    role: 'contributor',
    method: 'POST',
    sends: 'runs/set-tag',
    async act(visit, name) {
      await openRun(visit);
      await visit.page.getByLabel('Edit description').click();
      await visit.page.locator('main textarea').first().fill(`described as ${name}`);
      await visit.page.getByRole('button', { name: 'Save' }).click();
    },
    done: (visit, name) => visit.page.locator('main p').getByText(`described as ${name}`).waitFor(),
  },
  {
    title: 'deleting a run',
    role: 'admin',
    method: 'POST',
    sends: 'runs/delete',
    async act(visit) {
      await openRun(visit);
      await choose(visit, 'Delete');
      await dialog(visit).getByRole('button', { name: 'Delete' }).click();
    },
    async done(visit) {
      const { name, work } = visit.team;
      await visit.page.waitForURL((url) => !url.hash.includes(work.runs.baseline));
      await visit.open(`/experiments/${work.experiment}/runs`);
      await visit.see('1 matching run', `${name}-tuned`);
    },
  },
];
