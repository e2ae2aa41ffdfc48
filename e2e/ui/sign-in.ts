import { describe, expect, test } from 'vitest';
import { startGateway } from '../../dev/gateway-process.ts';
import type { Office } from './support/sessions.ts';

/** Mode `off`: the gateway's own page asks whose MLflow it shall be, and a cookie says so from then on. */
export function describeSignIn(office: () => Office): void {
  describe('the page to sign in, in mode off', () => {
    test('leads to the team’s MLflow, as a viewer, and out again', async () => {
      const { stack, teams, strategy } = office();
      const [team] = teams;
      const gateway = await startGateway({
        dir: `${stack.dir}/off`,
        env: {
          GW_TARGET_BASE_URL: stack.mlflow.address,
          GW_AUTH_MODE: 'off',
          GW_DEV_ROLE: 'viewer',
          GW_TENANCY: strategy,
        },
      });
      try {
        const visit = await office().sitAs(team, {}, gateway.address);
        await visit.open('/experiments');
        await visit.page.getByRole('heading', { name: 'Whose MLflow?' }).waitFor();
        await visit.page.getByLabel('Team').fill(team.tenant);
        await visit.page.getByLabel('Your name').fill('alice');
        await visit.page.getByRole('button', { name: 'Sign in' }).click();
        await visit.open('/experiments');
        await visit.see(`${team.name}-churn`, `${team.name}-chat`);
        await visit.check();
        const shown = await visit.page.goto(`${visit.address}/gateway/sign-in`);
        expect(shown?.status()).toBe(200);
        await visit.see('alice', team.tenant);
        await visit.page.getByRole('button', { name: 'Sign out' }).click();
        await visit.page.getByRole('heading', { name: 'Whose MLflow?' }).waitFor();
        await visit.open('/experiments', { reload: true });
        await visit.page.getByRole('button', { name: 'Sign in' }).waitFor();
        expect(await visit.page.content()).not.toContain(`${team.name}-churn`);
        await visit.end();
      } finally {
        await gateway.stop();
      }
    });
  });
}
