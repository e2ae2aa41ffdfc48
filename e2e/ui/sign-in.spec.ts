import { startDemoSignIn } from '../../dev/demo-sign-in/proxy.ts';
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
    await session.page.getByRole('heading', { name: 'Choose a team' }).waitFor();
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
    await session.page.getByRole('heading', { name: 'Choose a team' }).waitFor();
    await session.open('/experiments', { reload: true });
    await session.page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await session.page.content()).not.toContain(`${tenant.name}-churn`);
  } finally {
    await gateway.stop();
  }
});

test('the demo sign-in of the quickstart leads one person after another to the data of their team', async ({
  browser,
  stack,
  strategy,
  tenants: [first, second],
}) => {
  const { address, stop } = await startDemoSignIn({ idp: stack.idp, gateway: stack.gateway.address });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    const chooseUser = async (user: string): Promise<void> => {
      await page.getByRole('heading', { name: 'Demo sign-in' }).waitFor();
      await page.getByRole('button', { name: user }).click();
      await page.waitForURL(`${address}/**`);
    };
    const seeOnly = async (tenant: typeof first, other: typeof first): Promise<void> => {
      await page.goto(`${address}/#/experiments${strategy === 'tags' ? '' : `?workspace=${tenant.id}`}`);
      await page.getByText(`${tenant.name}-churn`).first().waitFor();
      expect(await page.content()).not.toMatch(new RegExp(`(?<!team-)${other.name}`, 'i'));
    };
    const signOut = async (user: string): Promise<void> => {
      await page.goto(`${address}/demo`);
      await page.getByRole('heading', { name: `You are ${user}` }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
    };

    await page.goto(address);
    await chooseUser('alice-viewer');
    await seeOnly(first, second);
    const { cookies } = await context.storageState();
    expect(cookies.filter(({ name }) => name.startsWith('mlflow-demo'))).toEqual([
      expect.objectContaining({ domain: '127.0.0.1', httpOnly: true, sameSite: 'Strict' }),
    ]);
    await signOut('alice-viewer');
    await chooseUser('bob-admin');
    await seeOnly(second, first);
    await signOut('bob-admin');
    await chooseUser('carol');
    await page.getByRole('heading', { name: 'Which team?' }).waitFor();
    await page.getByRole('button', { name: `${first.id} (contributor)` }).click();
    await seeOnly(first, second);
  } finally {
    await context.close();
    await stop();
  }
});
