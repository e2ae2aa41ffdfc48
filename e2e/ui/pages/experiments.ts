import { test } from '../fixtures.ts';

/** Home, the list of experiments, and the tabs of one experiment. */
export function experimentPages(): void {
  test('home lists the recent experiments', async ({ member }) => {
    const { name } = member.tenant;
    await member.open('/');
    await member.see('Welcome to MLflow', 'Recent Experiments', `${name}-churn`, `${name}-chat`);
    await member.check();
  });

  test('the list of experiments has names and descriptions', async ({ member }) => {
    const { name } = member.tenant;
    await member.open('/experiments', { reload: true });
    await member.see(`${name}-churn`, `${name}-chat`, `Who of ${name}'s customers leaves.`);
    await member.check();
    await member.picture(`${name}-experiments`);
  });

  test('an experiment has a table of its runs', async ({ member }) => {
    const { name } = member.tenant;
    await member.open('/experiments');
    await member.page.getByRole('link', { name: `${name}-churn` }).click();
    await member.page.getByRole('link', { name: 'Training runs' }).click();
    await member.see(
      `${name}-baseline`,
      `${name}-tuned`,
      '2 matching runs',
      /^v2$/,
      new RegExp(`${name}-train`),
    );
    await member.check();
  });

  test('an experiment draws its runs as charts', async ({ member }) => {
    const { name, data } = member.tenant;
    await member.open(`/experiments/${data.experiment}/runs?compareRunsMode=CHART`);
    await member.see('accuracy', 'loss', `${name}-tuned`);
    await member.page
      .locator('.js-plotly-plot svg path.js-line, .js-plotly-plot svg .bars path')
      .first()
      .waitFor();
    await member.check();
  });

  test('two runs are compared with numbers and plots', async ({ member }) => {
    const { name, data } = member.tenant;
    const runs = JSON.stringify([data.runs.baseline, data.runs.tuned]);
    await member.open(`/compare-runs?runs=${runs}&experiments=${JSON.stringify([data.experiment])}`);
    await member.see('Comparing 2 Runs from 1 Experiment', `${name}-baseline`, `${name}-tuned`, 'scores.png');
    await member.see('Parallel Coordinates Plot', /^0\.25/, /^0\.45/);
    await member.page.locator('.js-plotly-plot svg .parcoords').first().waitFor();
    await member.check();
  });
}
