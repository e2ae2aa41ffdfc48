import { expect, test } from './fixtures.ts';

/** Matches data of a tenant, but not the name of its workspace, which the user of an address knows already. */
const dataOf = (name: string): RegExp => new RegExp(`(?<!team-)${name}`, 'i');

const FORBIDDEN_WORKSPACE = 'The workspace named in the request is not one of yours.';

test.describe('the workspace selector', () => {
  test('a viewer of one tenant sees its workspace alone, and opens it', async ({ viewer }) => {
    const { tenant, page } = viewer;
    await viewer.open('/', { workspace: '' });
    await page.getByRole('link', { name: tenant.id }).click();
    await viewer.see('Recent Experiments', `${tenant.name}-churn`);
    await page.getByRole('combobox', { name: /^Workspace/ }).click();
    expect(await page.getByRole('option').allInnerTexts()).toEqual([tenant.id]);
    await viewer.check();
  });

  test('a platform admin sees all workspaces, and switches', async ({ platformAdmin, tenants }) => {
    const { page } = platformAdmin;
    await platformAdmin.open('/experiments', { reload: true });
    await platformAdmin.see(`${tenants[0].name}-churn`);
    await page.getByRole('combobox', { name: /^Workspace/ }).click();
    const names = await page.getByRole('option').allInnerTexts();
    expect(names).toEqual(expect.arrayContaining(tenants.map(({ id }) => id)));
    await page.getByRole('option', { name: tenants[1].id }).click();
    await platformAdmin.see(`${tenants[1].name}-churn`);
    await platformAdmin.check({ foreign: /no data is foreign to a platform admin/ });
  });
});

test.describe('an address of another tenant', () => {
  test('its workspace is refused, and the page shows the reason', async ({
    admin,
    tenants: [own, other],
  }) => {
    const path = /^\/ajax-api\/2\.0\/mlflow\/experiments\/search$/;
    const refused = [{ method: 'GET', path, status: 403, why: 'the workspace of another tenant' }];
    await admin.open('/experiments', { workspace: other.id, reload: true });
    await admin.see(FORBIDDEN_WORKSPACE);
    await admin.picture('refused-workspace');
    await admin.check({ refused, foreign: dataOf(other.name) });
    // MLflow's page keeps its last response until it is reloaded.
    await admin.open('/experiments', { reload: true });
    await admin.see(`${own.name}-churn`);
    await admin.check();
  });

  test('its experiment is not found', async ({ admin, tenants: [, other] }) => {
    const path = /^\/ajax-api\/2\.0\/mlflow\/experiments\/get$/;
    const refused = [{ method: 'GET', path, status: 404, why: 'this workspace has no such experiment' }];
    await admin.open(`/experiments/${other.data.experiment}/runs`, { reload: true });
    await admin.see('Requested experiment was not found.');
    await admin.check({ refused });
  });
});
