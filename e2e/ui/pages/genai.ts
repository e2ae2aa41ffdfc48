import { test } from 'vitest';
import { ASSESS } from '../actions/genai.ts';
import type { Visit } from '../support/session.ts';

/** Traces and what comes with them. */
export function genaiPages(sit: () => Visit): void {
  test('the overview, with its counts and charts', async () => {
    const visit = sit();
    await visit.open(`/experiments/${visit.team.work.chat}/overview/usage`);
    await visit.see('Latency', 'Token Usage');
    await visit.page.locator('main .recharts-surface').first().waitFor();
    await visit.check();
  });

  test('the list of traces', async () => {
    const visit = sit();
    const { name, work } = visit.team;
    await visit.open(`/experiments/${work.chat}/traces`);
    await visit.see(
      new RegExp(`${name} asks: Why is it dear`),
      new RegExp(`${name} says: ${name} asks: Who`),
    );
    await visit.see('3 of 3', `${name} is honest`, /^True$/, `: ${name}-billing`);
    await visit.check();
    await visit.picture(`${name}-traces`);
  });

  test('a trace, its spans, and what was said of it', async () => {
    const visit = sit();
    const { name, work } = visit.team;
    await visit.open(`/experiments/${work.chat}/traces?selectedEvaluationId=${work.traces[0]}`);
    const drawer = visit.page.getByRole('dialog');
    await visit.page.locator(ASSESS).click();
    for (const text of ['Feedback (1)', 'helpful', 'Expectations (1)', 'expected', `${name} is honest`])
      await drawer.getByText(text).first().waitFor();
    await drawer.getByText(`${name}-look-up`).first().click();
    await drawer.getByText(`${name} knows`).waitFor();
    await visit.check();
  });

  test('evaluation datasets, and the records of one', async () => {
    const visit = sit();
    const { name, work } = visit.team;
    await visit.open(`/experiments/${work.chat}/datasets`);
    await visit.page.getByText(`${name}-questions`).first().click();
    await visit.see('1 record', new RegExp(`${name} asks why`), new RegExp(`${name} says because`));
    await visit.check();
  });

  test.each([
    ['judges', 'New LLM judge'],
    ['evaluation-runs', 'Evaluate traces'],
    ['prompts', /-prompt$/],
    ['models', 'Agent versions'],
  ])('an experiment’s %s', async (tab, text) => {
    const visit = sit();
    await visit.open(`/experiments/${visit.team.work.chat}/${tab}`);
    await visit.see(text);
    await visit.check();
  });
}
