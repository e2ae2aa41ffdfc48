import { type Click, dialog } from './action.ts';

// By MLflow's own names: while a hint lies over the page, what is below has no role.
export const ASSESS = '[data-component-id="shared.model-trace-explorer.assessments-pane-toggle"]';
const NOTES = '[data-component-id="shared.model-trace-explorer.assessment-notes-input"]';
const SAVE_NOTES = '[data-component-id="shared.model-trace-explorer.assessment-notes-save"]';

/** Traces and evaluation datasets. */
export const GENAI: readonly Click[] = [
  {
    title: 'making a dataset',
    role: 'contributor',
    method: 'POST',
    sends: 'datasets/create',
    shows: {
      text: 'Create evaluation dataset',
      why: 'The form has nowhere to show an error: it just stays.',
    },
    async act(visit, name) {
      await visit.open(`/experiments/${visit.team.work.chat}/datasets`, { reload: true });
      await visit.page.getByRole('button', { name: 'Create dataset' }).click();
      await dialog(visit).locator('input').first().fill(name);
      await dialog(visit).getByRole('button', { name: 'Create' }).click();
    },
    async done(visit, name) {
      await dialog(visit).waitFor({ state: 'hidden' });
      await visit.open(`/experiments/${visit.team.work.chat}/datasets`, { reload: true });
      await visit.see(name);
    },
  },
  {
    title: 'judging a trace',
    role: 'contributor',
    method: 'POST',
    sends: 'traces/[^/]+/assessments',
    async act(visit, name) {
      const { chat, traces } = visit.team.work;
      await visit.open(`/experiments/${chat}/traces?selectedEvaluationId=${traces[1]}`, { reload: true });
      await visit.page.locator(ASSESS).click();
      await visit.page.locator(NOTES).fill(`judged as ${name}`);
      await visit.page.locator(SAVE_NOTES).click();
    },
    async done(visit, name) {
      const { chat, traces } = visit.team.work;
      await visit.quiet();
      await visit.open(`/experiments/${chat}/traces?selectedEvaluationId=${traces[1]}`, { reload: true });
      await visit.page.locator(ASSESS).click();
      await visit.see(`judged as ${name}`);
    },
  },
  {
    title: 'deleting traces',
    role: 'admin',
    method: 'POST',
    sends: 'traces/delete-traces',
    shows: { text: 'Something went wrong', why: 'The list of traces drops the message of any error here.' },
    async act(visit) {
      await visit.open(`/experiments/${visit.team.work.chat}/traces`, { reload: true });
      await visit.see('3 of 3');
      await visit.page
        .getByLabel(/^Select trace/)
        .first()
        .check();
      await visit.page.getByRole('button', { name: 'Actions' }).click();
      await visit.page.getByRole('menuitem', { name: 'Delete' }).click();
      await dialog(visit).getByRole('button', { name: 'Delete' }).click();
    },
    async done(visit) {
      await dialog(visit).waitFor({ state: 'hidden' });
      await visit.open(`/experiments/${visit.team.work.chat}/traces`, { reload: true });
      await visit.see('2 of 2');
    },
  },
];
