import { type Action, dialog } from './action.ts';

// Located by MLflow's component ids: elements below a hint have no ARIA role.
export const ASSESS = '[data-component-id="shared.model-trace-explorer.assessments-pane-toggle"]';
const NOTES = '[data-component-id="shared.model-trace-explorer.assessment-notes-input"]';
const SAVE_NOTES = '[data-component-id="shared.model-trace-explorer.assessment-notes-save"]';

/** Traces and evaluation datasets. */
export const GENAI: readonly Action[] = [
  {
    title: 'create a dataset',
    role: 'contributor',
    method: 'POST',
    endpoint: 'datasets/create',
    refusalText: {
      text: 'Create evaluation dataset',
      why: 'The form cannot show an error; it stays open.',
    },
    async perform(session, name) {
      await session.open(`/experiments/${session.tenant.data.chat}/datasets`, { reload: true });
      await session.page.getByRole('button', { name: 'Create dataset' }).click();
      await dialog(session).locator('input').first().fill(name);
      await dialog(session).getByRole('button', { name: 'Create' }).click();
    },
    async expectDone(session, name) {
      await dialog(session).waitFor({ state: 'hidden' });
      await session.open(`/experiments/${session.tenant.data.chat}/datasets`, { reload: true });
      await session.see(name);
    },
  },
  {
    title: 'assess a trace',
    role: 'contributor',
    method: 'POST',
    endpoint: 'traces/[^/]+/assessments',
    async perform(session, name) {
      const { chat, traces } = session.tenant.data;
      await session.open(`/experiments/${chat}/traces?selectedEvaluationId=${traces[1]}`, { reload: true });
      await session.page.locator(ASSESS).click();
      await session.page.locator(NOTES).fill(`assessed as ${name}`);
      await session.page.locator(SAVE_NOTES).click();
    },
    async expectDone(session, name) {
      const { chat, traces } = session.tenant.data;
      await session.waitForResponses();
      await session.open(`/experiments/${chat}/traces?selectedEvaluationId=${traces[1]}`, { reload: true });
      await session.page.locator(ASSESS).click();
      await session.see(`assessed as ${name}`);
    },
  },
  {
    title: 'delete traces',
    role: 'admin',
    method: 'POST',
    endpoint: 'traces/delete-traces',
    refusalText: { text: 'Something went wrong', why: 'The list of traces drops the message of this error.' },
    async perform(session) {
      await session.open(`/experiments/${session.tenant.data.chat}/traces`, { reload: true });
      await session.see('3 of 3');
      await session.page
        .getByLabel(/^Select trace/)
        .first()
        .check();
      await session.page.getByRole('button', { name: 'Actions' }).click();
      await session.page.getByRole('menuitem', { name: 'Delete' }).click();
      await dialog(session).getByRole('button', { name: 'Delete' }).click();
    },
    async expectDone(session) {
      await dialog(session).waitFor({ state: 'hidden' });
      await session.open(`/experiments/${session.tenant.data.chat}/traces`, { reload: true });
      await session.see('2 of 2');
    },
  },
];
