import { readFile } from 'node:fs/promises';
import { expect, test } from '../fixtures.ts';
import type { Session } from '../support/session.ts';

/** The number of steps that e2e/clients/scripts/pages.py logs for each metric. */
const STEPS = 12;

/** One run: overview, charts of metrics, artifacts. */
export function runPages(): void {
  const openRun = (member: Session, tab = ''): Promise<void> =>
    member.open(`/experiments/${member.tenant.data.experiment}/runs/${member.tenant.data.runs.tuned}${tab}`);

  test('the overview has metrics, parameters, tags and models', async ({ member }) => {
    const { name, data } = member.tenant;
    await openRun(member);
    await member.see('0.45', `${name}-sgd`, data.runs.tuned, 'Finished', `${name}-threshold`);
    await member.see('Registered models', `${name}-model`, `: ${name}-dev`, new RegExp(`${name}-train`));
    await member.check();
    await member.picture(`${name}-run`);
  });

  test('a chart of a metric has all of its steps', async ({ member }) => {
    await openRun(member, '/model-metrics');
    const lines = member.page.locator('.js-plotly-plot path.js-line');
    // Two charts; each has the line and a wider copy of it that takes the pointer.
    const points = (): Promise<number[]> =>
      lines.evaluateAll((paths) => paths.map((path) => path.getAttribute('d')!.split('L').length));
    await expect
      .poll(async () => (await points()).filter((count) => count === STEPS), { timeout: 120_000 })
      .toHaveLength(4);
    await member.see('accuracy', 'loss', new RegExp(`${member.tenant.name}-tuned \\(loss\\)`));
    await member.check();
    await member.picture(`${member.tenant.name}-metrics`);
  });

  const openFile = async (member: Session, file: string): Promise<void> => {
    await openRun(member, '/artifacts');
    await member.page.getByText(file, { exact: true }).first().click();
  };

  test('text, JSON and tables are shown', async ({ member }) => {
    const { name } = member.tenant;
    await openFile(member, 'notes.txt');
    await member.see(`Notes of ${name}: tuned went well.`);
    await openFile(member, 'settings.json');
    await member.see(`"${name}"`);
    await openFile(member, 'answers.json');
    for (const cell of ['customer', `${name}-1`, '0.7'])
      await member.page.getByRole('table').getByText(cell, { exact: true }).waitFor();
    await openFile(member, 'scores.csv');
    await member.see('Previewing the first 2 rows', `${name}-2`);
    await member.check();
  });

  test('an image is shown', async ({ member }) => {
    await openFile(member, 'scores.png');
    const image = member.page.locator('main img[src^="blob:"]').first();
    const width = (): Promise<number> =>
      image.evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth);
    await expect.poll(width, { timeout: 120_000 }).toBe(400);
    await member.check();
  });

  test('a downloaded file equals the logged file', async ({ member }) => {
    await openFile(member, 'scores.csv');
    const [download] = await Promise.all([
      member.page.waitForEvent('download'),
      member.page.locator('[data-component-id*="artifactview.tsx_337"]').click(),
    ]);
    expect(download.suggestedFilename()).toBe('scores.csv');
    const { name } = member.tenant;
    expect(await readFile(await download.path(), 'utf8')).toBe(
      `customer,score\n${name}-1,0.3\n${name}-2,0.7\n`,
    );
    await member.check();
  });
}
