import { describe, expect, test } from 'vitest';
import type { Office } from './support/sessions.ts';
import { tenantOf } from './support/tenants.ts';

/** Of another team, but for its workspace's name, which whoever types an address knows already. */
const dataOf = (name: string): RegExp => new RegExp(`(?<!team-)${name}`, 'i');

const NOT_YOURS = 'The workspace named in the request is not one of yours.';

/** Workspaces in the UI: which ones there are to choose from, and addresses of others'. */
export function describeSelector(office: () => Office): void {
  describe('choosing a workspace', () => {
    test('somebody of one team has that one, and lands in it', async () => {
      const [team] = office().teams;
      const visit = await office().sit(team, 'viewer');
      await visit.open('/', { workspace: '' });
      await visit.page.getByRole('link', { name: team.tenant }).click();
      await visit.see('Recent Experiments', `${team.name}-churn`);
      await visit.page.getByRole('combobox', { name: /^Workspace/ }).click();
      expect(await visit.page.getByRole('option').allInnerTexts()).toEqual([team.tenant]);
      await visit.check();
      await visit.end();
    });

    test('an address in another team’s workspace says that it is not one’s own', async () => {
      const [team, other] = office().teams;
      const visit = await office().sit(team, 'admin');
      const path = /^\/ajax-api\/2\.0\/mlflow\/experiments\/search$/;
      const refused = [{ method: 'GET', path, status: 403, why: 'not the team’s workspace' }];
      await visit.open('/experiments', { workspace: other.tenant, reload: true });
      await visit.see(NOT_YOURS);
      await visit.picture('refused-workspace');
      await visit.check({ refused, foreign: dataOf(other.name) });
      // MLflow's page keeps the answer it was given until it is loaded anew.
      await visit.open('/experiments', { reload: true });
      await visit.see(`${team.name}-churn`);
      await visit.check();
      await visit.end();
    });

    test('an address of another team’s experiment finds nothing', async () => {
      const [team, other] = office().teams;
      const visit = await office().sit(team, 'admin');
      const path = /^\/ajax-api\/2\.0\/mlflow\/experiments\/get$/;
      const refused = [{ method: 'GET', path, status: 404, why: 'there is none in this workspace' }];
      await visit.open(`/experiments/${other.work.experiment}/runs`, { reload: true });
      await visit.see('Requested experiment was not found.');
      await visit.check({ refused });
      await visit.end();
    });

    test('a platform admin has all of them, and switches', async () => {
      const { stack, teams } = office();
      const claims = { sub: 'pat', tenant_id: teams[0].tenant, roles: ['platform'] };
      const authorization = `Bearer ${await stack.idp.token(claims)}`;
      const visit = await office().sitAs(teams[0], { authorization });
      await visit.open('/experiments', { reload: true });
      await visit.see(`${teams[0].name}-churn`);
      const selector = visit.page.getByRole('combobox', { name: /^Workspace/ });
      await selector.click();
      const names = await visit.page.getByRole('option').allInnerTexts();
      expect(names).toEqual(expect.arrayContaining(teams.map(({ name }) => tenantOf(name))));
      await visit.page.getByRole('option', { name: teams[1].tenant }).click();
      await visit.see(`${teams[1].name}-churn`);
      await visit.check({ foreign: /there is nothing foreign/ });
      await visit.end();
    });
  });
}
