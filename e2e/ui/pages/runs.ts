import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { Visit } from '../support/session.ts';

/** Logged by clients/pages.py. */
const STEPS = 12;

/** One run: numbers, charts, files. */
export function runPages(sit: () => Visit): void {
  const tuned = (visit: Visit, tab = ''): Promise<void> =>
    visit.open(`/experiments/${visit.team.work.experiment}/runs/${visit.team.work.runs.tuned}${tab}`);

  test('overview', async () => {
    const visit = sit();
    const { name, work } = visit.team;
    await tuned(visit);
    await visit.see('0.45', `${name}-sgd`, work.runs.tuned, 'Finished', `${name}-threshold`);
    await visit.see('Registered models', `${name}-model`, `: ${name}-dev`, new RegExp(`${name}-train`));
    await visit.check();
    await visit.picture(`${name}-run`);
  });

  test('charts of its metrics, drawn from all their steps', async () => {
    const visit = sit();
    await tuned(visit, '/model-metrics');
    const lines = visit.page.locator('.js-plotly-plot path.js-line');
    // Two charts, each with the line and, as wide as the chart, its shadow for the pointer.
    const points = (): Promise<number[]> =>
      lines.evaluateAll((paths) => paths.map((path) => path.getAttribute('d')!.split('L').length));
    await expect
      .poll(async () => (await points()).filter((count) => count === STEPS), { timeout: 120_000 })
      .toHaveLength(4);
    await visit.see('accuracy', 'loss', new RegExp(`${visit.team.name}-tuned \\(loss\\)`));
    await visit.check();
    await visit.picture(`${visit.team.name}-metrics`);
  });

  const pick = async (visit: Visit, file: string): Promise<void> => {
    await tuned(visit, '/artifacts');
    await visit.page.getByText(file, { exact: true }).first().click();
  };

  test('its files: text, JSON, a table of JSON, a table of CSV', async () => {
    const visit = sit();
    const { name } = visit.team;
    await pick(visit, 'notes.txt');
    await visit.see(`Notes of ${name}: tuned went well.`);
    await pick(visit, 'settings.json');
    await visit.see(`"${name}"`);
    await pick(visit, 'answers.json');
    for (const cell of ['customer', `${name}-1`, '0.7'])
      await visit.page.getByRole('table').getByText(cell, { exact: true }).waitFor();
    await pick(visit, 'scores.csv');
    await visit.see('Previewing the first 2 rows', `${name}-2`);
    await visit.check();
  });

  test('an image among them', async () => {
    const visit = sit();
    await pick(visit, 'scores.png');
    const image = visit.page.locator('main img[src^="blob:"]').first();
    const width = (): Promise<number> =>
      image.evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth);
    await expect.poll(width, { timeout: 120_000 }).toBe(400);
    await visit.check();
  });

  test('a file downloaded is the file that was logged', async () => {
    const visit = sit();
    await pick(visit, 'scores.csv');
    const [download] = await Promise.all([
      visit.page.waitForEvent('download'),
      visit.page.locator('[data-component-id*="artifactview.tsx_337"]').click(),
    ]);
    expect(download.suggestedFilename()).toBe('scores.csv');
    const { name } = visit.team;
    expect(await readFile(await download.path(), 'utf8')).toBe(
      `customer,score\n${name}-1,0.3\n${name}-2,0.7\n`,
    );
    await visit.check();
  });
}
