import { ASSESS } from '../actions/genai.ts';
import { test } from '../fixtures.ts';

/** Traces, evaluation datasets and the other GenAI tabs of an experiment. */
export function genaiPages(): void {
  test('the overview has counts and charts', async ({ member }) => {
    await member.open(`/experiments/${member.tenant.data.chat}/overview/usage`);
    await member.see('Latency', 'Token Usage');
    await member.page.locator('main .recharts-surface').first().waitFor();
    await member.check();
  });

  test('the list of traces has requests, responses and assessments', async ({ member }) => {
    const { name, data } = member.tenant;
    await member.open(`/experiments/${data.chat}/traces`);
    await member.see(
      new RegExp(`${name} asks: Why is it dear`),
      new RegExp(`${name} says: ${name} asks: Who`),
    );
    await member.see('3 of 3', `${name} is honest`, /^True$/, `: ${name}-billing`);
    await member.check();
    await member.picture(`${name}-traces`);
  });

  test('a trace has its spans and assessments', async ({ member }) => {
    const { name, data } = member.tenant;
    await member.open(`/experiments/${data.chat}/traces?selectedEvaluationId=${data.traces[0]}`);
    const drawer = member.page.getByRole('dialog');
    await member.page.locator(ASSESS).click();
    for (const text of ['Feedback (1)', 'helpful', 'Expectations (1)', 'expected', `${name} is honest`])
      await drawer.getByText(text).first().waitFor();
    await drawer.getByText(`${name}-look-up`).first().click();
    await drawer.getByText(`${name} knows`).waitFor();
    await member.check();
  });

  test('an evaluation dataset has its records', async ({ member }) => {
    const { name, data } = member.tenant;
    await member.open(`/experiments/${data.chat}/datasets`);
    await member.page.getByText(`${name}-questions`).first().click();
    await member.see('1 record', new RegExp(`${name} asks why`), new RegExp(`${name} says because`));
    await member.check();
  });

  for (const [tab, text] of [
    ['judges', 'New LLM judge'],
    ['evaluation-runs', 'Run evaluation'],
    ['prompts', /-prompt$/],
    ['models', 'Agent versions'],
  ] as const)
    test(`the tab ${tab} opens`, async ({ member }) => {
      await member.open(`/experiments/${member.tenant.data.chat}/${tab}`);
      await member.see(text);
      await member.check();
    });
}
