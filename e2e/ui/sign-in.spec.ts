import { startGateway } from '../../dev/gateway-process.ts';
import { expect, test } from './fixtures.ts';

test('the sign-in page of mode off leads to the tenant’s data as a viewer, and signs out', async ({
  sessions,
  stack,
  strategy,
  tenants: [tenant],
}) => {
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
    const session = await sessions.signedOut(tenant, gateway.address);
    await session.open('/experiments');
    await session.page.getByRole('heading', { name: 'Whose MLflow?' }).waitFor();
    await session.page.getByLabel('Team').fill(tenant.id);
    await session.page.getByLabel('Your name').fill('alice');
    await session.page.getByRole('button', { name: 'Sign in' }).click();
    await session.open('/experiments');
    await session.see(`${tenant.name}-churn`, `${tenant.name}-chat`);
    await session.check();
    const shown = await session.page.goto(`${session.address}/gateway/sign-in`);
    expect(shown?.status()).toBe(200);
    await session.see('alice', tenant.id);
    await session.page.getByRole('button', { name: 'Sign out' }).click();
    await session.page.getByRole('heading', { name: 'Whose MLflow?' }).waitFor();
    await session.open('/experiments', { reload: true });
    await session.page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await session.page.content()).not.toContain(`${tenant.name}-churn`);
  } finally {
    await gateway.stop();
  }
});
