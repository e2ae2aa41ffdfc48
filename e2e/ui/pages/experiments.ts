import { test } from 'vitest';
import type { Visit } from '../support/session.ts';

/** The list of experiments, and what one of them shows. */
export function experimentPages(sit: () => Visit): void {
  test('home', async () => {
    const visit = sit();
    const { name } = visit.team;
    await visit.open('/');
    await visit.see('Welcome to MLflow', 'Recent Experiments', `${name}-churn`, `${name}-chat`);
    await visit.check();
  });

  test('the list of experiments', async () => {
    const visit = sit();
    const { name } = visit.team;
    await visit.open('/experiments', { reload: true });
    await visit.see(`${name}-churn`, `${name}-chat`, `Who of ${name}'s customers leaves.`);
    await visit.check();
    await visit.picture(`${name}-experiments`);
  });

  test('an experiment and the table of its runs', async () => {
    const visit = sit();
    const { name } = visit.team;
    await visit.open('/experiments');
    await visit.page.getByRole('link', { name: `${name}-churn` }).click();
    await visit.page.getByRole('link', { name: 'Training runs' }).click();
    await visit.see(
      `${name}-baseline`,
      `${name}-tuned`,
      '2 matching runs',
      /^v2$/,
      new RegExp(`${name}-train`),
    );
    await visit.check();
  });

  test('the same runs as charts', async () => {
    const visit = sit();
    const { name, work } = visit.team;
    await visit.open(`/experiments/${work.experiment}/runs?compareRunsMode=CHART`);
    await visit.see('accuracy', 'loss', `${name}-tuned`);
    await visit.page
      .locator('.js-plotly-plot svg path.js-line, .js-plotly-plot svg .bars path')
      .first()
      .waitFor();
    await visit.check();
  });

  test('two runs compared', async () => {
    const visit = sit();
    const { name, work } = visit.team;
    const runs = JSON.stringify([work.runs.baseline, work.runs.tuned]);
    await visit.open(`/compare-runs?runs=${runs}&experiments=${JSON.stringify([work.experiment])}`);
    await visit.see('Comparing 2 Runs from 1 Experiment', `${name}-baseline`, `${name}-tuned`, 'scores.png');
    await visit.see('Parallel Coordinates Plot', /^0\.25/, /^0\.45/);
    await visit.page.locator('.js-plotly-plot svg .parcoords').first().waitFor();
    await visit.check();
  });
}
